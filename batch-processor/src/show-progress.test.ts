import { silentLogger } from '@twofold/runtime/logger.ts'
import { describe, expect, it } from 'vitest'
import { createProgress } from './show-progress.ts'

describe('the progress of a run', () => {
  it('is one line in place on a terminal: rows, rate and time left', () => {
    const { show, end, at, written } = setUp(true)
    at(100)
    show({ rowsRead: 100, rowsExpected: 10_000 })
    at(1000)
    show({ rowsRead: 1000, rowsExpected: 10_000 })
    end()
    expect(written).toEqual(['\r\u001B[K1000 rows, 1000 rows/s, 9 s left', '\n'])
  })

  it('is a log entry now and then elsewhere', () => {
    const { show, end, at, written, logged } = setUp(false)
    for (const time of [1000, 10_000, 12_000, 20_000]) {
      at(time)
      show({ rowsRead: time, rowsExpected: 0 })
    }
    end()
    expect(written).toEqual([])
    expect(logged).toEqual([{ rowsRead: 10_000, rowsPerSecond: 1000 }, { rowsRead: 20_000, rowsPerSecond: 1000 }])
  })
})

function setUp(isTTY: boolean) {
  const [written, logged]: [string[], unknown[]] = [[], []]
  let now = 0
  const logger = { ...silentLogger, info: (_message: string, fields?: unknown) => void logged.push(fields) }
  const progress = createProgress({ output: { isTTY, write: (text) => written.push(text) }, logger, now: () => now })
  return { ...progress, at: (time: number) => void (now = time), written, logged }
}
