import { TwofoldError } from '@twofold/core/errors.ts'
import type { Event } from '@twofold/core/events/event.ts'
import { reactions } from '@twofold/core/events/reaction.ts'
import { serve } from '@twofold/core/serving/layers.contract.ts'
import { emojiCount } from '@twofold/core/views/emoji-count.ts'
import { count } from '@twofold/core/views/folds.ts'
import { mood, type ShownMoods } from '@twofold/core/views/mood.ts'
import { tumbling } from '@twofold/core/views/resolutions.ts'
import { storedVersion, type View, view } from '@twofold/core/views/view.ts'
import { hoppingWindow, sessionWindow } from '@twofold/core/views/windows.ts'
import { describe, expect, it } from 'vitest'
import { answerView, type ViewAnswer } from './answer-view.ts'
import type { ServingLayer } from './find-footing.ts'
import { parseQuery } from './parse-query.ts'

const start = 1_800_000_000_000

/** Reactions by seconds after the start, as many as there are letters: `h` laughs, `s` cries, a capital does so in a room. */
function tapsOf(taps: Readonly<Record<number, string>>): Event[] {
  const letters = Object.entries(taps).flatMap(([second, text]) => text.split('').map((letter) => ({ second: Number(second), letter })))
  return letters.map(({ second, letter }, offset) => {
    const room = letter === letter.toUpperCase() ? { room: 'match' } : {}
    const payload = { user_id: 'u', emoji: letter.toLowerCase() === 'h' ? '😂' : '😢', ...room }
    const time = start + second * 1000
    return { id: `${offset}`, payload, occurredAt: time, appendedAt: time, partition: 0, offset }
  })
}

/** Both layers with their stores in memory; the batch view holds what was appended before `boundary` seconds. */
function layerOf(shown: View, events: readonly Event[], boundary: number): ServingLayer {
  const { layers, footing } = serve(shown, events, boundary === 0 ? 0 : start + boundary * 1000)
  const views = [{ view: shown.name, version: storedVersion(shown, layers.settings) }]
  const run = footing.run && { ...footing.run, views }
  return {
    ...layers,
    rows: { ...layers.rows, readNewestRun: async () => run, readRun: async () => run },
    counters: { ...layers.counters, readPositions: async () => [...footing.positions!] },
    views: [shown],
    lagMeter: { sample: async () => {}, start() {}, stop() {}, lagsOf: () => [0, 1, 2].map((partition) => ({ partition, lagMs: 0, isForgotten: false })) },
    now: () => start + 400_000,
    cellTtlMs: 86_400_000,
    maxLagMs: 5000,
    live: { processedUntil: () => Number.NEGATIVE_INFINITY, revisionOf: () => 0 },
  }
}

const unknownLag: ServingLayer['lagMeter'] = { sample: async () => {}, start() {}, stop() {}, lagsOf: () => null }

const ask = (layer: ServingLayer, query: Readonly<Record<string, string>> = {}): Promise<ViewAnswer> =>
  answerView(layer, layer.views[0]!, parseQuery(layer.views[0]!, query))

/** Rows as `[room, seconds after the start, count, mood and its intensity, ...]`. */
function summarize({ rows }: ViewAnswer): unknown[] {
  return rows.map(({ key, from, value }) => {
    const { count: total, moods } = value as ShownMoods
    const feelings = Object.entries(moods).map(([name, { intensity }]) => `${name} ${intensity}`)
    return [key, from && (Date.parse(from) - start) / 1000, total, ...feelings]
  })
}

/** A calm crowd for five minutes, then laughter in a room: 12 where one was usual, 2 (sqrt(12.375) - sqrt(150.375 / 150)) / sqrt(1 + 1 / 150) = 5.02. */
const calm = Object.fromEntries(Array.from({ length: 150 }, (_, at) => [2 * at, at % 10 === 0 ? 'hs' : 'h']))
const burst = tapsOf({ ...calm, 300: 'HHHHHHHHHHHHs', 302: 'h' })

describe('the answer of a view that compares', () => {
  it('compares each row with what its key had before, wherever the boundary lies', async () => {
    const answers = await Promise.all([0, 100, 301, 400].map((boundary) => ask(layerOf(mood, burst, boundary), { from: String(start + 298_000) })))
    for (const answer of answers) {
      expect(summarize(answer)).toEqual([
        ['all', 298, 1, 'happy 0', 'sadness 0'],
        ['all', 300, 13, 'happy 5.02', 'sadness 1.7'],
        ['all', 302, 1, 'happy 0', 'sadness 0'],
        ['match', 300, 12, 'happy null'],
      ])
    }
    expect(answers[0]!.rows[1]!.value).toMatchObject({ rate: 6.5, moods: { happy: { count: 12, share: 0.9231, rate: 6, level: 'strong' }, sadness: { level: 'usual' } } })
  })

  it('says the same on every page', async () => {
    const layer = layerOf(mood, burst, 200)
    const whole = await ask(layer)
    for (const limit of ['1', '7', '100']) {
      const rows: unknown[] = []
      for (let cursor: string | null | undefined; cursor !== null;) {
        const page = await ask(layer, { limit, ...(cursor === undefined ? {} : { cursor }) })
        rows.push(...page.rows)
        cursor = page.next
      }
      expect(rows).toEqual(whole.rows)
    }
  })

  it('takes a range as one long bucket, and compares it if something is known of the time before', async () => {
    const layer = layerOf(mood, burst, 200)
    const range = { step: 'all', from: String(start + 290_000), until: String(start + 310_000), key: 'all' }
    const { rows } = await ask(layer, range)
    expect(rows).toMatchObject([{ value: { count: 19, rate: 0.95, moods: { happy: { count: 18 }, sadness: { count: 1 } } } }])
    expect((rows[0]!.value as ShownMoods).moods['happy']!.intensity).toBeGreaterThan(2)
    const unknown = { intensity: null, level: null }
    expect((await ask(layer, { ...range, from: String(start) })).rows).toMatchObject([{ value: { count: 179, moods: { happy: unknown } } }])
  })

  it('has neither rate nor intensity for all time, and no intensity for rows as long as the baseline', async () => {
    const layer = layerOf(mood, burst, 200)
    const total = (await ask(layer, { step: 'all', key: 'all' })).rows[0]!
    expect(total).toMatchObject({ from: null, value: { count: 179, rate: null, moods: { happy: { count: 163, rate: null, intensity: null } } } })
    expect((await ask(layer, { step: '5m', key: 'all' })).rows[0]!.value).toMatchObject({ moods: { happy: { intensity: null, level: null } } })
    expect((await ask(layer, { step: '1m', key: 'all' })).rows.at(-1)!.value).toMatchObject({ moods: { sadness: { level: 'usual' } } })
  })

  it('compares within the batch part when the speed results can not be read', async () => {
    const layer = layerOf(mood, burst, 301)
    const readCells = async (): Promise<never> => {
      throw new TwofoldError('STORE_UNAVAILABLE', 'down')
    }
    const answer = await ask({ ...layer, counters: { ...layer.counters, readCells } }, { from: String(start + 299_000), key: 'all' })
    expect([answer.complete, answer.missing, summarize(answer)]).toEqual([false, ['speed'], [['all', 298, 1, 'happy 0', 'sadness 0'], ['all', 300, 13, 'happy 5.02', 'sadness 1.7']]])
  })

  it('starts anew with the next run when the first one is swept between the rows and what was before', async () => {
    const layer = layerOf(mood, burst, 301)
    let reads = 0
    const readRunRows: ServingLayer['rows']['readRunRows'] = async (query) => {
      if (++reads === 2) throw new TwofoldError('RUN_GONE', 'swept')
      return layer.rows.readRunRows(query)
    }
    const query = { from: String(start + 300_000), key: 'all' }
    expect(await ask({ ...layer, rows: { ...layer.rows, readRunRows } }, query)).toEqual(await ask(layer, query))
    expect(reads).toBeGreaterThan(3)
  })
})

describe('the answer of any other view', () => {
  it('is what its fold says, from one read', async () => {
    const layer = layerOf(emojiCount, burst, 301)
    let reads = 0
    const readRunRows: ServingLayer['rows']['readRunRows'] = (query) => {
      reads++
      return layer.rows.readRunRows(query)
    }
    const { rows } = await ask({ ...layer, rows: { ...layer.rows, readRunRows } }, { from: String(start + 300_000) })
    expect(rows.map(({ key, value }) => [key, value])).toEqual([['😂', 12], ['😂', 1], ['😢', 1]])
    expect(reads).toBe(1)
  })
})

describe('the answer of a window', () => {
  const crowd = view({
    name: 'crowd',
    description: '',
    version: 1,
    reads: reactions,
    keyOf: ({ room }) => room ?? 'all',
    bucket: tumbling({ seconds: 2 }),
    fold: count(),
    windows: [hoppingWindow({ seconds: 8, everySeconds: 4 }), sessionWindow({ gapSeconds: 5 })],
  })
  const taps = tapsOf({ 1: 'h', 3: 'hH', 7: 'h', 20: 'H' })
  const hopping = { window: 'hopping-8s-4s' }
  /** Rows as `[key, seconds from and until after the start, value]`. */
  const rowsOf = ({ rows }: ViewAnswer): unknown[] => {
    return rows.map(({ key, from, until, value }) => [key, ...[from, until].map((time) => time && (Date.parse(time) - start) / 1000), value])
  }

  it('has each window that holds something, the same wherever the boundary lies and however long its pages are', async () => {
    const wanted = [['all', -4, 4, 2], ['all', 0, 8, 3], ['all', 4, 12, 1], ['match', -4, 4, 1], ['match', 0, 8, 1], ['match', 16, 24, 1], ['match', 20, 28, 1]]
    for (const boundary of [0, 2, 5, 30]) {
      const layer = layerOf(crowd, taps, boundary)
      const whole = await ask(layer, hopping)
      expect([whole.window, whole.complete, whole.next, rowsOf(whole)]).toEqual(['hopping-8s-4s', true, null, wanted])
      const paged: unknown[] = []
      for (let cursor: string | null | undefined; cursor !== null;) {
        const page = await ask(layer, { ...hopping, limit: '2', ...(cursor === undefined ? {} : { cursor }) })
        paged.push(...rowsOf(page))
        cursor = page.next
      }
      expect(paged).toEqual(wanted)
    }
  })

  it('is final, and tells the revision, as the feed does', async () => {
    const live = { processedUntil: () => start + 9000, revisionOf: (_: View, key: string, { from }: { from: number }) => (key === 'all' && from === start ? 2 : 0) }
    const { rows } = await ask({ ...layerOf(crowd, taps, 2), lagMeter: unknownLag, live }, { ...hopping, key: 'all' })
    expect(rows.map(({ final, revision }) => [final, revision])).toEqual([[true, 0], [true, 2], [false, 0]])
  })

  it('tells sessions from their first event until the gap after the last one', async () => {
    for (const boundary of [0, 4, 30]) {
      const layer = layerOf(crowd, taps, boundary)
      const answer = await ask(layer, { window: 'session-5s', key: 'all' })
      expect(rowsOf(answer)).toEqual([['all', 1, 12, 3]])
      expect(rowsOf(await ask(layer, { window: 'session-5s', key: 'match', from: String(start + 10_000) }))).toEqual([['match', 20, 25, 1]])
    }
  })

  it('is the batch part, and says so, when the speed results can not be read', async () => {
    const layer = layerOf(crowd, taps, 5)
    const readCells = async (): Promise<never> => {
      throw new TwofoldError('STORE_UNAVAILABLE', 'down')
    }
    const answer = await ask({ ...layer, counters: { ...layer.counters, readCells } }, { ...hopping, key: 'all' })
    expect([answer.complete, answer.missing, rowsOf(answer)]).toEqual([false, ['speed'], [['all', -4, 4, 2], ['all', 0, 8, 2]]])
  })

  it('compares a window of moods with what was before it', async () => {
    const layer = layerOf(mood, burst, 301)
    const range = { from: String(start + 300_000), key: 'all' }
    expect((await ask(layer, { ...range, window: '2s' })).rows).toEqual((await ask(layer, range)).rows)
  })
})
