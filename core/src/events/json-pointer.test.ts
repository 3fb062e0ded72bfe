import { expect, test } from 'vitest'
import { jsonPointer } from './json-pointer.ts'

test('a pointer names the way to a value and escapes its own signs', () => {
  expect(jsonPointer([])).toBe('')
  expect(jsonPointer(['items', 3, 'a/b~c'])).toBe('/items/3/a~1b~0c')
})
