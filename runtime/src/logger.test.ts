import { Writable } from 'node:stream'
import { expect, test } from 'vitest'
import { createLogger, silentLogger } from './logger.ts'
import type { LogLevel } from './settings.ts'
import { openTracing } from './tracing-export.ts'

function logged(level: LogLevel, write: (logger: ReturnType<typeof createLogger>) => void): unknown[] {
  let text = ''
  const stream = new Writable({
    write(chunk, _encoding, done) {
      text += String(chunk)
      done()
    },
  })
  write(createLogger({ service: 'ingest', level, stream, clock: { now: () => 1_700_000_000_000 } }))
  return text.split('\n').filter(Boolean).map((line) => JSON.parse(line))
}

test('a line holds the time, the level, the service, the message and the fields', () => {
  const lines = logged('info', (logger) => logger.info('appended', { topic: 'reaction', count: 3 }))
  const timestamp = '2023-11-14T22:13:20.000Z'
  expect(lines).toEqual([{ timestamp, level: 'info', service: 'ingest', msg: 'appended', topic: 'reaction', count: 3 }])
})

test('lines below the level are not written', () => {
  const lines = logged('warn', (logger) => {
    logger.debug('one')
    logger.info('two')
    logger.warn('three')
    logger.error('four')
  })
  expect(lines).toMatchObject([{ level: 'warn', msg: 'three' }, { level: 'error', msg: 'four' }])
})

test('a field can not pose as the level, the time, the service or the message', () => {
  const posing = { level: 'debug', msg: 'other', service: 'other', timestamp: 'never', message: 'kept' }
  const [line] = logged('info', (logger) => logger.error('true', posing))
  expect(line).toMatchObject({ level: 'error', msg: 'true', service: 'ingest', message: 'kept' })
})

test('a line that is written within a trace has its ids, and no field can pose as them', async () => {
  const traceId = '0af7651916cd43dd8448eb211c80319c'
  const tracing = await openTracing('ingest', {}, silentLogger)
  const step = tracing.follow(`00-${traceId}-b7ad6b7169203331-01`, { name: 'POST', kind: 'server' })!
  const lines = logged('info', (logger) => {
    step.run(() => logger.info('within', { traceId: 'other' }))
    logger.info('beside')
  })
  const [, , spanId] = step.traceparent.split('-')
  expect(lines[0]).toMatchObject({ msg: 'within', traceId, spanId })
  expect(lines[1]).not.toHaveProperty('traceId')
  await tracing.close()
})
