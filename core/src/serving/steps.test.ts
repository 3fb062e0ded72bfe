import fc from 'fast-check'
import { expect, test } from 'vitest'
import { views } from '../views/index.ts'
import { finestStep, formatStep, parseStep } from './steps.ts'

const texts = fc
  .tuple(fc.integer({ min: 1, max: 4000 }), fc.constantFrom('s', 'm', 'h', 'd'))
  .map(([number, unit]) => `${number}${unit}`)
const lengths: Readonly<Record<string, number>> = { s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 }

test('a step is taken exactly when each bucket of the view lies within one of its steps or is made of whole ones', () => {
  const law = fc.property(fc.constantFrom(...views), texts, (view, text) => {
    const asked = Number(text.slice(0, -1)) * lengths[text.at(-1)!]!
    const finest = finestStep(view)
    const isTold = finest !== 'all' && asked % finest === 0
    const fits = isTold && view.resolutions.every(({ stepMs }) => asked % stepMs === 0 || stepMs % asked === 0)
    if (fits) expect(parseStep(view, text)).toBe(asked)
    else expect(parseStep(view, text)).toBeUndefined()
  })
  fc.assert(law, { numRuns: 2000 })
})

test('a step that was written out is read back as the same', () => {
  for (const view of views) {
    expect(parseStep(view, 'all')).toBe('all')
    for (const { stepMs } of view.resolutions) expect(parseStep(view, formatStep(stepMs))).toBe(stepMs)
  }
  expect([0, 2000, 60_000, 90_000, 3_600_000, 86_400_000, 1500].map(formatStep)).toEqual([
    'all',
    '2s',
    '1m',
    '90s',
    '1h',
    '1d',
    '1500ms',
  ])
})

test('what is no step is refused, whatever it is', () => {
  const law = fc.property(fc.constantFrom(...views), fc.string(), (view, text) => {
    fc.pre(text !== 'all' && !/^[1-9]\d*[smhd]$/.test(text))
    expect(parseStep(view, text)).toBeUndefined()
  })
  fc.assert(law)
  for (const text of ['', '0s', '-2s', '2', 's', '02s', '2 s', '2S', '1e3s', '9999999s', '2ms', 'ALL']) {
    expect(parseStep(views[0]!, text)).toBeUndefined()
  }
})
