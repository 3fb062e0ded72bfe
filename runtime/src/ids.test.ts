import { expect, test } from 'vitest'
import { uuidv7 } from './ids.ts'

const form = /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/

test('an id is a UUID of version 7 that carries the time it was made', () => {
  const id = uuidv7({ now: () => 1_700_000_000_123 })()
  expect(id).toMatch(form)
  expect(Number.parseInt(id.slice(0, 13).replace('-', ''), 16)).toBe(1_700_000_000_123)
})

test('ids sort in the order they were made, also within a millisecond and when the clock steps back', () => {
  let now = 1_700_000_000_000
  const nextId = uuidv7({ now: () => now })
  const ids = Array.from({ length: 20_000 }, (_, index) => {
    if (index === 10_000) now -= 5_000
    if (index === 15_000) now += 60_000
    return nextId()
  })
  expect(ids.every((id) => form.test(id))).toBe(true)
  expect(ids.toSorted()).toEqual(ids)
  expect(new Set(ids).size).toBe(ids.length)
})

test('two sources with the same clock never make the same id', () => {
  const clock = { now: () => 1_700_000_000_000 }
  const [one, other] = [uuidv7(clock), uuidv7(clock)]
  const ids = Array.from({ length: 5_000 }, () => [one(), other()]).flat()
  expect(new Set(ids).size).toBe(ids.length)
})
