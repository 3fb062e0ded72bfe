import fc from 'fast-check'
import { checked, type Resolutions } from './resolutions.ts'

/** Ladders of one to three rungs, small enough that a few seconds climb them. */
export const ladders: fc.Arbitrary<Resolutions> = fc
  .array(fc.record({ times: fc.integer({ min: 2, max: 5 }), longer: fc.integer({ min: 1, max: 2000 }) }), {
    minLength: 1,
    maxLength: 3,
  })
  .chain((rungs) => fc.integer({ min: 1, max: 300 }).map((finest) => climb(finest, rungs)))

/** Milliseconds, also before the epoch. */
export const times: fc.Arbitrary<number> = fc.integer({ min: -10_000, max: 20_000 })

function climb(finest: number, rungs: readonly { times: number; longer: number }[]): Resolutions {
  let [stepMs, keepMs] = [finest, 0]
  const ladder = rungs.map(({ times: factor, longer }) => {
    const rung = { stepMs, keepMs: (keepMs += longer) }
    stepMs *= factor
    return rung
  })
  return checked(ladder)
}
