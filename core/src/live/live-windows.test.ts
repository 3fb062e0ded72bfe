import { describe, expect, it, test } from 'vitest'
import { likes } from '../events/like.ts'
import { createSliceFolder } from '../views/slice-folder.ts'
import { count } from '../views/folds.ts'
import { tumbling } from '../views/resolutions.ts'
import { view, type View } from '../views/view.ts'
import { hoppingWindow, sessionWindow, slidingWindow, tumblingWindow, type WindowDefinition } from '../views/windows.ts'
import { createLiveView, type LiveView } from './live-view.ts'
import type { CellUpdate } from './updates.ts'

const second = 1000
const minute = 60 * second
const hour = 3_600_000
const graceMs = 1000
/** How often progress is told; every end of a window below, with its grace, is a multiple of it. */
const progressMs = 500
const partitions = 2
const tappedAt = 1_700_000_000_000 - (1_700_000_000_000 % hour) + 1500

/** Each window, with the ends of those that hold the event, in milliseconds after the hour in which it happens. */
const windows: [string, WindowDefinition, number[]][] = [
  ['2 seconds', tumblingWindow({ seconds: 2 }), [2 * second]],
  ['1 minute', tumblingWindow({ seconds: 60 }), [minute]],
  ['5 minutes', tumblingWindow({ seconds: 300 }), [5 * minute]],
  ['10 minutes', tumblingWindow({ seconds: 600 }), [10 * minute]],
  ['a minute, moved on by twenty seconds', hoppingWindow({ seconds: 60, everySeconds: 20 }), [20 * second, 40 * second, minute]],
  ['ten minutes, moved on by five', hoppingWindow({ seconds: 600, everySeconds: 300 }), [5 * minute, 10 * minute]],
  ['the last eight seconds', slidingWindow({ seconds: 8 }), [2, 4, 6, 8].map((end) => end * second)],
  ['activity without a pause of five seconds', sessionWindow({ gapSeconds: 5 }), [1500 + 5 * second]],
]

function viewOf(window: WindowDefinition): View {
  return view({
    name: 'watched',
    description: '',
    version: 1,
    reads: likes,
    keyOf: (like) => like.video_id,
    bucket: tumbling({ seconds: 2 }),
    fold: count(),
    windows: [window],
    graceMs,
  })
}

/** The one event there is, folded. */
function tap(watched: View): CellUpdate {
  const folder = createSliceFolder(watched, 0, { sliceMs: minute, dedupHorizonMs: 0 })
  folder.fold({ id: 'only', payload: { video_id: 'a' }, occurredAt: tappedAt, appendedAt: tappedAt, partition: 0, offset: 0 })
  const [cell] = folder.takeChanges()
  return { ...cell!, state: JSON.parse(cell!.state) as unknown }
}

interface Seen {
  readonly until: number
  readonly value: unknown
  readonly final: boolean
  readonly revision: number
  /** Time up to which everything was processed when it was published. */
  readonly at: number
}

/** Takes in the event at place 1 and then progress alone, a record for each partition, for so many rounds; answers what was published. */
function play(live: LiveView, rounds: readonly number[], untilOf = (round: number, _partition: number) => tappedAt + round * progressMs): Seen[] {
  const seen: Seen[] = []
  const note = (place: number, at: number): void => {
    for (const report of live.since(live.view.windows[0]!, place - 1)!.subjects) {
      const { until, final, revision } = report
      seen.push({ until, value: live.valueOf(report), final, revision, at })
    }
  }
  for (const round of rounds) {
    for (let partition = 0; partition < partitions; partition++) {
      const place = 2 + round * partitions + partition
      const processed = [{ partition, nextOffset: partition === 0 ? 1 : 0, until: untilOf(round, partition) }]
      live.takeProgress({ topic: 'like', views: [], processed }, { place, appendedAt: tappedAt + round * progressMs })
      note(place, live.watermark.time)
    }
  }
  return seen
}

function begin(watched: View): LiveView {
  const live = createLiveView({ view: watched, partitions, sliceMs: minute })
  live.startAt(tappedAt - hour)
  live.takeCell(tap(watched), { place: 1, appendedAt: tappedAt })
  return live
}

const allRounds = Array.from({ length: (11 * minute) / progressMs }, (_, at) => at)
const hourOf = (time: number): number => time - (time % hour)
const closings = (ends: readonly number[]): Seen[] =>
  ends.map((end) => hourOf(tappedAt) + end).map((until) => ({ until, value: 1, final: true, revision: 0, at: until + graceMs }))

describe.each(windows)('a window of %s that holds one event in a quiet stream', (_name, window, ends) => {
  const watched = viewOf(window)

  it('is shown open at once', () => {
    const shown = begin(watched).current(watched.windows[0]!)
    expect(shown.map(({ until, final, revision }) => [until - hourOf(tappedAt), final, revision])).toEqual(ends.map((end) => [end, false, 0]))
  })

  it('is published final once, at the first progress that passes its end and grace, and nothing after it', () => {
    expect(play(begin(watched), allRounds)).toEqual(closings(ends))
  })

  it('is as final to whoever reads the updates from the start again, at any moment in between', () => {
    for (const end of ends) {
      const closesIn = (hourOf(tappedAt) + end + graceMs - tappedAt) / progressMs
      for (const cut of [0, closesIn - 1, closesIn, closesIn + 1]) {
        const [before, after] = [allRounds.slice(0, cut), allRounds.slice(cut)]
        const first = play(begin(watched), before)
        const restarted = begin(watched)
        expect(play(restarted, before)).toEqual(first)
        expect([...first, ...play(restarted, after)]).toEqual(closings(ends))
      }
    }
  })

  it('waits for the partition that is furthest behind', () => {
    const behindMs = 30 * second
    const seen = play(begin(watched), allRounds, (round, partition) => tappedAt + round * progressMs - partition * behindMs)
    expect(seen).toEqual(closings(ends))
    const stuck = play(begin(watched), allRounds, (round, partition) => (partition === 1 ? tappedAt : tappedAt + round * progressMs))
    expect(stuck).toEqual([])
  })

  it('stays closed when a processor that fell behind tells of its progress', () => {
    const live = begin(watched)
    play(live, allRounds)
    const later = allRounds.map((round) => allRounds.length + round)
    expect(play(live, later.slice(0, 10), () => tappedAt)).toEqual([])
    expect(live.current(watched.windows[0]!).every(({ final }) => final)).toBe(true)
  })
})

test('a session whose end is no whole quarter of a second closes at the next one', () => {
  const watched = viewOf(sessionWindow({ gapSeconds: 1.333 }))
  const until = tappedAt + 1333
  const live = begin(watched)
  const tellUntil = (time: number, place: number): boolean => {
    for (let partition = 0; partition < partitions; partition++) {
      live.takeProgress({ topic: 'like', views: [], processed: [{ partition, nextOffset: 1, until: time }] }, { place: place + partition, appendedAt: time })
    }
    return live.current(watched.windows[0]!)[0]!.final
  }
  expect(tellUntil(until + graceMs - 1, 2)).toBe(false)
  expect(tellUntil(until + graceMs + 249, 4)).toBe(true)
})
