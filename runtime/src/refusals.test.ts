import { expect, test } from 'vitest'
import { silentLogger } from './logger.ts'
import { createMetrics } from './metrics.ts'
import { createRefusals } from './refusals.ts'

test('a flood is counted whole and logged in part, and does not hide what is refused for another reason', async () => {
  const lines: object[] = []
  const metrics = createMetrics({ service: 'test' })
  let elapsed = 0
  const note = createRefusals(metrics, { ...silentLogger, warn: (_message, fields) => void lines.push(fields!) }, { now: () => 0, elapsed: () => elapsed })
  for (let count = 0; count < 1000; count++) note('no-key')
  note('scope', { id: 'web' })
  expect(lines.slice(9)).toEqual([{ reason: 'no-key' }, { reason: 'scope', id: 'web' }])
  elapsed = 1000
  note('no-key')
  expect(lines.at(-1)).toEqual({ reason: 'no-key', unlogged: 990 })
  expect(await metrics.text()).toMatch(/refused_total\{[^}]*reason="no-key"[^}]*\} 1001/)
})
