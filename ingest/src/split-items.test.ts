import { HttpProblem } from '@twofold/runtime/problem.ts'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { splitItems } from './split-items.ts'

const white = fc.string({ unit: fc.constantFrom(' ', '\t', '\n', '\r'), maxLength: 2 })

test('the elements of any array are those that JSON.parse finds', () => {
  const stringUnit = fc.constantFrom('"', '\\', '[', ']', '{', '}', ',', ':', '\u2028', 'é')
  const elements = fc.array(fc.json({ stringUnit, maxDepth: 3 }), { minLength: 1 })
  fc.assert(fc.property(elements, white, fc.nat(), (texts, space, indent) => {
    const dense = `${space}[${texts.join(`${space},${space}`)}]${space}`
    const text = indent % 2 === 0 ? dense : JSON.stringify(JSON.parse(dense), null, (indent % 3) + 1)
    const items = splitItems({ type: 'json', text }, 1000)
    expect(items.map((item) => JSON.parse(item))).toEqual(JSON.parse(text))
  }))
})

test('a text is split into elements that all parse only if it is an array', () => {
  const noise = fc.stringMatching(/^[[\]{},:"\\1a ]{0,12}$/)
  fc.assert(fc.property(noise, (text) => {
    const read = (parse: () => unknown) => {
      try {
        return parse()
      } catch (error) {
        if (!(error instanceof SyntaxError || error instanceof HttpProblem)) throw error
        return undefined
      }
    }
    const whole = read(() => JSON.parse(text))
    const split = read(() => splitItems({ type: 'json', text }, 1000).map((item) => JSON.parse(item)))
    expect(split).toEqual(Array.isArray(whole) && whole.length > 0 ? whole : undefined)
  }), { numRuns: 20_000 })
})

test('eight megabytes are split in linear time, whatever is in them', () => {
  const size = 8 * 1024 * 1024
  for (const filler of ['\\"', '[', ',', '"', '],[', '"\\', ' ', '] ', '\n']) {
    const text = `[${filler.repeat(size / filler.length)}]`
    const before = process.cpuUsage()
    try {
      splitItems({ type: 'json', text }, 10_000)
      splitItems({ type: 'ndjson', text }, 10_000)
    } catch (error) {
      expect(error).toBeInstanceOf(HttpProblem)
    }
    expect(process.cpuUsage(before).user).toBeLessThan(2_000_000) // microseconds; squares would take hours
  }
})
