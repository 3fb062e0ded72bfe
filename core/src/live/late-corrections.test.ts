import { describe, expect, it } from 'vitest'
import { allTimeFrom } from '../ports/row-store.ts'
import { aroundOf, shownValue } from '../serving/look-around.ts'
import { likesByVideo } from '../views/likes.ts'
import { longestName } from '../views/longest-name.ts'
import { mood, type ShownMoods } from '../views/mood.ts'
import { allTimeBucket, allTimeStep } from '../views/resolutions.ts'
import type { View } from '../views/view.ts'
import { createLiveView } from './live-view.ts'
import type { CellUpdate } from './updates.ts'

const minute = 60_000
const start = 1_700_000_400_000 - (1_700_000_400_000 % (10 * minute))

interface Told {
  readonly window: string
  readonly revision: number
  readonly previous: unknown
  readonly value: unknown
}

/** A live view on stores that hold every cell that was told in an earlier minute. */
function openLive(view: View, sliceMs = minute) {
  const corrections: Told[] = []
  const told: CellUpdate[] = []
  const live = createLiveView({
    view,
    partitions: 1,
    sliceMs,
    onCorrection: ({ report, revision, previous, value }) => corrections.push({ window: report.window.name, revision, previous, value }),
  })
  let place = 0
  live.startAt(start - 60 * minute)
  return {
    live,
    corrections,
    tell(atMs: number, bucketAtMs: number, state: unknown): void {
      const appendedAt = start + atMs
      const stepMs = view.resolutions[0]?.stepMs ?? allTimeStep
      const slice = appendedAt - (appendedAt % minute)
      const cell = { view: view.name, version: '1', slice, partition: 0, key: 'a', stepMs, from: stepMs === allTimeStep ? allTimeFrom : start + bucketAtMs, offset: place, state }
      for (let past = live.missingFor(cell); past; past = live.missingFor(cell)) {
        const { from, until } = past
        const cells = told.filter((one) => one.slice < slice && one.from < until && one.from + stepMs > from)
        live.load(past, { boundary: 0, rows: [], cells, corrections: [] }, { place: place + 1, appendedAt })
      }
      told.push(cell)
      live.takeCell(cell, { place: ++place, appendedAt })
    },
    /** Everything up to a moment is processed; returns what is published then. */
    proceed(untilMs: number): unknown[] {
      const processed = [{ partition: 0, nextOffset: place, until: start + untilMs }]
      live.takeProgress({ topic: view.topic, views: [], processed }, { place: ++place, appendedAt: start + untilMs })
      return live.current(view.windows.at(-1)!).map((report) => live.valueOf(report))
    },
  }
}

describe('a window whose first buckets are long past', () => {
  it('is told whole or not at all', () => {
    const { tell, proceed } = openLive(likesByVideo)
    tell(0, 0, 7)
    tell(8 * minute, 8 * minute, 1)
    const shown = Array.from({ length: 60 }, (_, at) => proceed((10 + at / 2) * minute)).flat()
    expect(shown.length).toBeGreaterThan(0)
    expect(new Set(shown)).toEqual(new Set([8]))
  })

  it('is corrected once for one late event, and no other window is', () => {
    const { tell, proceed, corrections } = openLive(likesByVideo)
    tell(0, 0, 7)
    tell(8 * minute, 8 * minute, 1)
    for (let seconds = 480; seconds <= 900; seconds++) proceed(seconds * 1000)
    tell(15 * minute, 8 * minute, 1)
    expect(corrections).toEqual([
      { window: '1m', revision: 1, previous: 1, value: 2 },
      { window: '5m', revision: 1, previous: 1, value: 2 },
      { window: '10m', revision: 1, previous: 8, value: 9 },
    ])
  })
})

describe('a mood that is corrected long after', () => {
  it('has the baseline that it had when it was told first', () => {
    const { tell, proceed, corrections, live } = openLive(mood)
    for (let at = 0; at < 4 * minute; at += 2000) tell(at, at, [['happy', 1]])
    tell(4 * minute, 4 * minute, [['happy', 30]])
    proceed(4 * minute + 10_000)
    const [published] = live.current(mood.windows[0]!).map((report) => live.valueOf(report)) as ShownMoods[]
    expect(published!.moods['happy']!.intensity).toBeGreaterThan(4)
    for (let seconds = 300; seconds <= 1200; seconds++) proceed(seconds * 1000)
    tell(20 * minute, 4 * minute, [['happy', 1]])
    expect(corrections.map(({ revision, previous }) => ({ revision, previous }))).toEqual([{ revision: 1, previous: published }])
    expect((corrections[0]!.value as ShownMoods).moods['happy']).toMatchObject({ count: 31, level: 'strong' })
  })
})

describe('a mood of ages ago', () => {
  it('is shown as it is answered, without a rate, as all time has no length', () => {
    const { live } = openLive(mood)
    const cell = { view: mood.name, version: '1', slice: start, partition: 0, key: 'a', ...allTimeBucket, offset: 0, state: [['happy', 3]] }
    for (let past = live.missingFor(cell); past; past = live.missingFor(cell)) live.load(past, { boundary: 0, rows: [], cells: [], corrections: [] }, { place: 1, appendedAt: start })
    live.takeCell(cell, { place: 1, appendedAt: start })
    const reports = live.current(mood.windows[0]!)
    expect(reports).toHaveLength(1)
    expect(live.valueOf(reports[0]!)).toEqual(shownValue(mood, cell.state, aroundOf(mood, allTimeBucket, [])))
  })
})

describe('a result of all time', () => {
  it('is not read anew in the slice whose cells the updates tell', () => {
    const { live, tell, proceed } = openLive(longestName, 10 * minute)
    tell(0, 0, { measure: 3, appendedAt: 1, partition: 0, offset: 1, shown: { id: '1', name: 'abc' } })
    for (let seconds = 1; seconds < 540; seconds++) proceed(seconds * 1000)
    expect(live.missingOf('a')).toBeUndefined()
    for (let seconds = 540; seconds < 1260; seconds++) proceed(seconds * 1000)
    expect(live.missingOf('a')).toMatchObject({ key: 'a' })
  })
})

describe('of two that were read at once', () => {
  it('the one with the newer batch view counts, whichever comes last', () => {
    const { live } = openLive(likesByVideo)
    const place = { place: 1, appendedAt: start + 100 * minute }
    live.takeProgress({ topic: 'like', views: [], processed: [{ partition: 0, nextOffset: 0, until: start + 100 * minute }] }, place)
    const late = { view: 'likes', version: '1', slice: start + 10 * minute, partition: 0, key: 'a', stepMs: minute, from: start, offset: 5, state: 1 }
    const past = live.missingFor(late)!
    const read = (boundaryAt: number, state: number): void => {
      const rows = [{ stepMs: minute, from: start, state }]
      live.load(past, { boundary: start + boundaryAt * minute, rows, cells: [], corrections: [] }, place)
    }
    read(11, 8)
    live.takeCell(late, place)
    read(10, 7)
    expect(live.current(likesByVideo.windows[0]!).map((report) => live.valueOf(report))).toEqual([8])
  })
})
