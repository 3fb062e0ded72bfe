import { emojiCount } from '@twofold/core/views/emoji-count.ts'
import { likesByVideo } from '@twofold/core/views/likes.ts'
import { longestName } from '@twofold/core/views/longest-name.ts'
import { sessionWindow } from '@twofold/core/views/windows.ts'
import { describe, expect, it } from 'vitest'
import { decodeCursor, encodeCursor } from './cursor.ts'
import { nameQuestion, parseQuery } from './parse-query.ts'

describe('the query of a view', () => {
  it('has the finest step and a page of a thousand unless told otherwise', () => {
    expect(parseQuery(emojiCount, {})).toEqual({ step: 2000, limit: 1000 })
    expect(parseQuery(longestName, {})).toEqual({ step: 'all', limit: 1000 })
  })

  it('takes keys once or repeated, and times as RFC 3339, seconds or milliseconds', () => {
    expect(parseQuery(emojiCount, { key: '😀' })).toMatchObject({ keys: ['😀'] })
    expect(parseQuery(emojiCount, { key: ['b', 'a', 'b'] })).toMatchObject({ keys: ['b', 'a'] })
    const range = { from: '2026-11-21T10:00:00+01:00', until: '1795338000' }
    expect(parseQuery(emojiCount, range)).toMatchObject({ from: Date.UTC(2026, 10, 21, 9), until: 1_795_338_000_000 })
    expect(parseQuery(emojiCount, { from: '1795251600123' })).toMatchObject({ from: 1_795_251_600_123 })
  })

  it('takes the steps that its buckets can be summed to', () => {
    const steps = { '2s': 2000, '30s': 30_000, '1m': 60_000, '5m': 300_000, '2h': 7_200_000, '1d': 86_400_000, all: 'all' }
    for (const [step, stepMs] of Object.entries(steps)) expect(parseQuery(emojiCount, { step }).step).toBe(stepMs)
  })

  it.each([
    ['step', '1s'], ['step', '7s'], ['step', '7m'], ['step', '90m'], ['step', '0s'], ['step', 'x'], ['step', ['2s', '1m']],
    ['limit', '0'], ['limit', '10001'], ['limit', '1.5'], ['limit', '-1'], ['from', 'yesterday'], ['from', ''],
    ['until', '999999999999999999'], ['cursor', 'x'], ['cursor', ''], ['key', Array(101).fill('k')], ['nonsense', '1'],
  ])('refuses %s=%j and names the parameter', (name, value) => {
    expect(() => parseQuery(emojiCount, { [name]: value })).toThrow(new RegExp(`^${name}: `))
  })

  it('refuses an empty range', () => {
    expect(() => parseQuery(emojiCount, { from: '5', until: '5' })).toThrow(/^until: /)
  })

  it('takes a window of the view by name, and names those that there are for any other', () => {
    expect(parseQuery(likesByVideo, { window: '5m' })).toMatchObject({ window: { kind: 'aligned', name: '5m', sizeMs: 300_000 } })
    expect(parseQuery(longestName, { window: 'all' })).toMatchObject({ step: 'all', window: { kind: 'all-time' } })
    expect(() => parseQuery(likesByVideo, { window: '2m' })).toThrow(/^window: "2m" is none of the view likes; use 1m, 5m, 10m$/)
    expect(() => parseQuery(likesByVideo, { window: '' })).toThrow(/^window: /)
  })

  it('refuses a window beside a step, and sessions of nobody in particular', () => {
    expect(() => parseQuery(likesByVideo, { window: '5m', step: '5m' })).toThrow(/^window: .*leave step away/)
    const visits = { ...likesByVideo, windows: [sessionWindow({ gapSeconds: 30 })(60_000)] }
    expect(() => parseQuery(visits, { window: 'session-30s' })).toThrow(/^key: must be given/)
    expect(parseQuery(visits, { window: 'session-30s', key: 'a' })).toMatchObject({ keys: ['a'], window: { kind: 'session', gapMs: 30_000 } })
  })

  it('refuses the cursor of another question', () => {
    const asked = { keys: ['a'], step: 2000 }
    const cursor = encodeCursor({ run: 1, key: 'a', from: 0, query: nameQuestion(emojiCount, asked) })
    expect(parseQuery(emojiCount, { key: 'a', cursor, limit: '5' }).cursor).toMatchObject({ run: 1, key: 'a', from: 0 })
    expect(() => parseQuery(likesByVideo, { key: 'a', cursor })).toThrow(/^cursor: belongs to another question/)
    expect(() => parseQuery(emojiCount, { key: 'b', cursor })).toThrow(/^cursor: belongs to another question/)
    expect(() => parseQuery(emojiCount, { key: 'a', window: '2s', cursor })).toThrow(/^cursor: belongs to another question/)
  })

  it('takes its own cursors back, whatever the key', () => {
    for (const key of ['', 'a', '👩‍👩‍👧', '"\u0000']) {
      for (const run of [null, 7]) expect(decodeCursor(encodeCursor({ run, key, from: -5, query: 'q' }))).toEqual({ run, key, from: -5, query: 'q' })
    }
  })
})
