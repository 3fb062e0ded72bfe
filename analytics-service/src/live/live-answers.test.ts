import type { LiveView } from '@twofold/core/live/live-view.ts'
import { type Correction, createReport } from '@twofold/core/live/report.ts'
import { updatesPartitionOf } from '@twofold/core/live/updates.ts'
import { likesByVideo } from '@twofold/core/views/likes.ts'
import type { Window } from '@twofold/core/views/windows.ts'
import { expect, test } from 'vitest'
import { createLiveAnswers, type LivePartitions } from './live-answers.ts'

const [oneMinute, fiveMinutes] = likesByVideo.windows as [Window, Window]

/** A partition of which only corrections and revisions are known. */
function partitionWith(told: readonly Correction[], revision = 0) {
  const corrections = (window: Window) => told.filter(({ report }) => report.window === window)
  const live = { liveViewOf: () => ({ corrections, revisionOf: () => revision }) as Partial<LiveView> }
  return { live, begin: 0 } as unknown as LivePartitions extends Map<number, infer Partition> ? Partition : never
}

function correction(key: string, correctedAt: number, window = oneMinute): Correction {
  const report = createReport(window, key, { from: 0, until: 60_000 }, true)
  return { place: correctedAt, report, revision: 1, previous: 1, value: 2, correctedAt }
}

test('corrections of a key are found however many others came since', () => {
  const others = Array.from({ length: 5000 }, (_, at) => correction('busy', 10 + at))
  const answers = createLiveAnswers(new Map([[0, partitionWith([correction('quiet', 1), ...others])], [1, partitionWith([correction('quiet', 2, fiveMinutes)])]]), 2)
  const ask = (keys: readonly string[] | undefined, window: string | undefined, limit: number) =>
    answers.corrections(likesByVideo, { keys: keys && new Set(keys), window, limit }).map((told) => [told.key, told.correctedAt, told.window])
  expect(ask(['quiet'], undefined, 10)).toEqual([['quiet', 2, '5m'], ['quiet', 1, '1m']])
  expect(ask(['quiet'], '1m', 10)).toEqual([['quiet', 1, '1m']])
  expect(ask(undefined, undefined, 2)).toEqual([['busy', 5009, '1m'], ['busy', 5008, '1m']])
})

test('a key is looked up in its partition of the topic, also while others were not opened yet', () => {
  const key = Array.from({ length: 100 }, (_, at) => `video ${at}`).find((name) => updatesPartitionOf('likes', name, 4) === 3)!
  const answers = createLiveAnswers(new Map([[3, partitionWith([], 7)]]), 4)
  expect(answers.revisionOf(likesByVideo, key, { from: 0, until: 60_000 })).toBe(7)
})
