import { expect, test } from 'vitest'
import { systemClock } from './clock.ts'

test('the system clock tells whole milliseconds of now', () => {
  const before = Date.now()
  const now = systemClock.now()
  expect(Number.isInteger(now)).toBe(true)
  expect(now).toBeGreaterThanOrEqual(before)
  expect(now).toBeLessThanOrEqual(Date.now())
})
