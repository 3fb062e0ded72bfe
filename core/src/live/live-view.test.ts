import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Window } from '../views/windows.ts'
import { begin, counted, type History, playHistory, read, second, type Step } from './live-history.contract.ts'
import type { LiveView } from './live-view.ts'
import type { KeptCorrection, Report } from './report.ts'

/** So late that it is kept in all time only. */
const agesAgoMs = 500_000_000_000

const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.record({
      kind: fc.constant('event' as const),
      partition: fc.integer({ min: 0, max: 1 }),
      afterMs: fc.oneof({ weight: 20, arbitrary: fc.integer({ min: 0, max: 3000 }) }, { weight: 1, arbitrary: fc.integer({ min: 0, max: 400_000 }) }),
      lateMs: fc.oneof({ weight: 6, arbitrary: fc.integer({ min: 0, max: 1500 }) }, { weight: 1, arbitrary: fc.integer({ min: 0, max: 400_000 }) }, { weight: 1, arbitrary: fc.integer({ min: 0, max: 9_000_000 }) }, { weight: 1, arbitrary: fc.constant(agesAgoMs) }),
      key: fc.constantFrom('a', 'b'),
    }),
  },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('flush' as const), partition: fc.integer({ min: 0, max: 1 }) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('crash' as const), partition: fc.integer({ min: 0, max: 1 }) }) },
)
const steps = fc.array(step, { minLength: 1, maxLength: 150, size: 'max' })

const aligned = counted.windows.filter(({ kind }) => kind === 'aligned')
const session = counted.windows.find(({ kind }) => kind === 'session')!

describe('a live view', () => {
  it('publishes in the end what all events make of each window that it still holds', () => {
    fc.assert(
      fc.property(steps, (all) => {
        const history = playHistory(all, 0)
        const live = read(history)
        for (const window of aligned) for (const report of newest(live, window)) expect([report.key, report.from, live.valueOf(report)]).toEqual([report.key, report.from, countWithin(history, report)])
        for (const report of newest(live, session)) expect([report.key, report.from, report.until, live.valueOf(report)]).toEqual([report.key, report.from, report.until, countWithin(history, report)])
      }),
      { numRuns: 60, endOnFailure: true },
    )
  })

  it('closes every window without a further event, and each only once', () => {
    fc.assert(
      fc.property(steps, (all) => {
        const history = playHistory(all, 200_000)
        const live = read(history)
        for (const window of counted.windows) for (const { final, until } of live.current(window)) {
          if (final) expect(until + counted.graceMs).toBeLessThanOrEqual(live.watermark.time)
          else expect(until + counted.graceMs + 250).toBeGreaterThan(live.watermark.time)
        }
      }),
      { numRuns: 60, endOnFailure: true },
    )
  })

  it('tells each revision of a window once and in order, each with the value that the one before told', () => {
    fc.assert(
      fc.property(steps, (all) => {
        const live = read(playHistory(all, 0))
        for (const window of aligned) {
          for (const corrections of Map.groupBy(live.corrections(window), ({ report }) => nameOf(report)).values()) {
            expect(corrections.map(({ revision }) => revision)).toEqual(corrections.map((_, at) => at + 1))
            expect(corrections.slice(1).every(({ previous }, at) => previous === null || previous === corrections[at]!.value)).toBe(true)
          }
        }
      }),
      { numRuns: 60, endOnFailure: true },
    )
  })

  it('shows the same windows and revisions to a reader that begins in the middle, with what the stores hold', () => {
    fc.assert(
      fc.property(fc.oneof(steps, fc.array(step.filter(({ kind }) => kind !== 'crash'), { minLength: 1, maxLength: 150, size: 'max' })), fc.double({ min: 0, max: 1, noNaN: true }), fc.nat({ max: 12 }), (all, share, minutes) => {
        const history = playHistory(all, 0)
        const kept = new Map<string, KeptCorrection>()
        const whole = read(history, { kept })
        const isReplayed = all.some(({ kind }) => kind === 'crash')
        const from = Math.floor(share * (history.updates.length - 1))
        const begun = read(history, { from, boundary: begin + minutes * 60 * second, kept: new Map(kept) })
        for (const window of aligned) {
          const known = new Map([...newest(whole, window)].map((report) => [nameOf(report), report]))
          for (const report of newest(begun, window)) {
            const other = known.get(nameOf(report))
            if (!other) continue
            expect([nameOf(report), begun.valueOf(report)]).toEqual([nameOf(report), whole.valueOf(other)])
            // What the stores told at the start may hold several updates at once, and a replay of it looks like news.
            if (!isReplayed) expect([nameOf(report), report.revision]).toEqual([nameOf(report), other.revision])
          }
        }
      }),
      { numRuns: 60, endOnFailure: true },
    )
  })
})

/** Every report that changed, with its newest state. */
function newest(live: LiveView, window: Window): readonly Report[] {
  const all = live.since(window, 0)
  const reports = (all?.subjects ?? []).filter((report) => !report.isGone && report.until !== Number.POSITIVE_INFINITY)
  // What came so late that it was put into a coarser bucket is shown there, with all that the finer ones held.
  return reports.filter((report) => window.kind === 'session' || !reports.some((other) => other !== report && other.key === report.key && isWider(other, report)))
}

function isWider(other: Report, { from, until }: Report): boolean {
  return other.until !== Number.POSITIVE_INFINITY && other.from < until && other.until > from && other.until - other.from > until - from
}

function nameOf({ window, key, from, until }: Report): string {
  return `${window.name}/${key}/${from}/${until}`
}

function countWithin({ events }: History, { key, from, until }: Report): number {
  return events.filter(({ payload, occurredAt }) => (payload as { video_id: string }).video_id === key && occurredAt >= from && occurredAt < until).length
}
