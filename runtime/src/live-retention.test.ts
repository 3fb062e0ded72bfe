import { reactions } from '@twofold/core/events/reaction.ts'
import { views } from '@twofold/core/views/index.ts'
import { count } from '@twofold/core/views/folds.ts'
import { tumbling } from '@twofold/core/views/resolutions.ts'
import { view } from '@twofold/core/views/view.ts'
import { hoppingWindow, tumblingWindow } from '@twofold/core/views/windows.ts'
import { expect, test } from 'vitest'
import { z } from 'zod'
import { readConfig } from './config.ts'
import { keptForWindows } from './live-retention.ts'
import { httpFields, liveFields } from './settings.ts'

const schema = z.object({ ...httpFields, ...liveFields })

const plain = { description: '', version: 1, reads: reactions, keyOf: () => 'all', bucket: tumbling({ seconds: 2 }), fold: count() }
const short = view({ ...plain, name: 'short' })
const long = view({
  ...plain,
  name: 'long',
  windows: [tumblingWindow({ seconds: 2 }), hoppingWindow({ seconds: 60, everySeconds: 10 })],
  graceMs: 3000,
  showing: { baselineMs: 300_000, show: (state) => state },
})

test('the default is long enough for the views of the system', () => {
  expect(readConfig(schema.check(keptForWindows(views)), {}).LIVE_RETENTION_MS).toBe(3_600_000)
})

test('twice the longest window with its grace and baseline is enough', () => {
  const checked = schema.check(keptForWindows([long, short]))
  expect(readConfig(checked, { LIVE_RETENTION_MS: '726000' }).LIVE_RETENTION_MS).toBe(726_000)
})

test('a shorter retention is refused by name, with the view and what to do, beside other faults', () => {
  const read = () => readConfig(schema.check(keptForWindows([short, long])), { LIVE_RETENTION_MS: '725999', PORT: 'x' })
  expect(read).toThrow(/PORT: [^\n]+\n {2}LIVE_RETENTION_MS: 725999 is less than twice the longest window of long .* at least 726000/)
})

test('without views nothing is refused', () => {
  expect(readConfig(schema.check(keptForWindows([])), { LIVE_RETENTION_MS: '1' }).LIVE_RETENTION_MS).toBe(1)
})
