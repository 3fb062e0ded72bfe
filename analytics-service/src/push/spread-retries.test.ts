import { expect, test } from 'vitest'
import { spreadRetries } from './spread-retries.ts'

test.each([10, 100, 10_000])('%i clients that lose their process come back evenly between two and four seconds', (clients) => {
  const next = spreadRetries()
  const pauses = Array.from({ length: clients }, next).toSorted((left, right) => left - right)
  expect(pauses[0]).toBeGreaterThanOrEqual(2000)
  expect(pauses.at(-1)).toBeLessThanOrEqual(4000)
  const mean = pauses.reduce((sum, pause) => sum + pause, 0) / clients
  expect(Math.abs(mean - 3000)).toBeLessThan(2000 / clients + 100)
  const perTenth = Array.from({ length: 10 }, (_, tenth) => pauses.filter((pause) => Math.min(9, Math.floor((pause - 2000) / 200)) === tenth).length)
  for (const count of perTenth) expect(Math.abs(count - clients / 10)).toBeLessThanOrEqual(2 + clients / 1000)
})
