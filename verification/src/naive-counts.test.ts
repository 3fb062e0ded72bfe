import { describe, expect, it } from 'vitest'
import { naiveViews } from './naive-counts.ts'
import type { NaiveRow } from './naive-view.ts'
import { countNaively } from './tally.ts'

const at = (text: string): number => Date.parse(text)

function row(payload: object, occurredAt: string, place: Partial<NaiveRow> = {}): NaiveRow {
  return {
    id: 'x',
    payload: JSON.stringify(payload),
    occurredAt: at(occurredAt),
    appendedAt: 0,
    partition: 0,
    offset: 0,
    ...place,
  }
}

function count(view: string, rows: readonly NaiveRow[]) {
  return Object.fromEntries(
    countNaively(
      naiveViews.find((candidate) => candidate.view === view)!,
      rows,
    ),
  )
}

describe('the naive counts', () => {
  it('count users per second of the time they were received', () => {
    const rows = ['10:00:00.000Z', '10:00:00.999Z', '10:00:01.000Z'].map((time) =>
      row({ id: 'a', name: 'b' }, `2026-01-01T${time}`),
    )
    const from = at('2026-01-01T10:00:00Z')
    expect(count('user-count', rows)).toEqual({
      all: [
        { from, until: from + 1000, value: 2 },
        { from: from + 1000, until: from + 2000, value: 1 },
      ],
    })
  })

  it('count emojis per two seconds of the time that the reaction itself says', () => {
    const reaction = (emoji: string, timestamp?: string) =>
      row({ user_id: 'u', emoji, timestamp }, '2026-01-01T10:00:05Z')
    const rows = [
      reaction('😀', '2026-01-01T10:00:03.999Z'),
      reaction('😀', '2026-01-01T10:00:02.000Z'),
      reaction('😀'),
      reaction('👍', '1969-12-31T23:59:59.500Z'),
    ]
    const from = at('2026-01-01T10:00:02Z')
    expect(count('emoji-count', rows)).toEqual({
      '😀': [
        { from, until: from + 2000, value: 2 },
        { from: from + 2000, until: from + 4000, value: 1 },
      ],
      '👍': [{ from: -2000, until: 0, value: 1 }],
    })
  })

  it('count likes per minute and video', () => {
    const rows = [row({ video_id: 'A' }, '2026-01-01T10:00:59.999Z'), row({ video_id: 'a' }, '2026-01-01T10:01:00Z')]
    const from = at('2026-01-01T10:00:00Z')
    expect(count('likes', rows)).toEqual({
      A: [{ from, until: from + 60_000, value: 1 }],
      a: [{ from: from + 60_000, until: from + 120_000, value: 1 }],
    })
  })

  it('count moods per two seconds, for everybody and for the room of a reaction', () => {
    const tap = (emoji: string, room?: string) => row({ user_id: 'u', emoji, room }, '2026-01-01T10:00:03Z')
    const from = at('2026-01-01T10:00:02Z')
    const bucket = { from, until: from + 2000 }
    expect(count('mood', [tap('😂', 'match'), tap('👍🏽'), tap('😢', 'match'), tap('🥑', 'all')])).toEqual({
      all: [{ ...bucket, value: { count: 4, moods: { happy: 2, sadness: 1, other: 1 } } }],
      match: [{ ...bucket, value: { count: 2, moods: { happy: 1, sadness: 1 } } }],
    })
  })

  it('find the longest name in code points, of equals the one appended first', () => {
    const user = (id: string, name: string, place: Partial<NaiveRow>) =>
      row({ id, name }, '2026-01-01T10:00:00Z', place)
    const users = [
      user('long in units only', '😀😀😀', { appendedAt: 1 }),
      user('later', 'abcd', { appendedAt: 3, partition: 0 }),
      user('second partition', 'abcd', { appendedAt: 2, partition: 1 }),
      user('first', 'wxyz', { appendedAt: 2, partition: 0, offset: 7 }),
      user('next offset', 'abcd', { appendedAt: 2, partition: 0, offset: 8 }),
    ]
    const first = { all: [{ from: null, until: null, value: { id: 'first', name: 'wxyz' } }] }
    expect(count('longest-name', users)).toEqual(first)
    expect(count('longest-name', users.toReversed())).toEqual(first)
  })
})
