import { describe, expect, it } from 'vitest'
import type { Event } from '../events/event.ts'
import { likes } from '../events/like.ts'
import { createAccumulator } from './accumulator.ts'
import { count, sum } from './folds.ts'
import { allTime, tumbling } from './resolutions.ts'
import { keysOfEvent, maxKeyLength, storedVersion, type View, view, type ViewDefinition } from './view.ts'
import { sessionWindow, slidingWindow, tumblingWindow } from './windows.ts'

interface Like {
  readonly video_id: string
}

type Definition = ViewDefinition<Like, number | string, number | string>

function define(parts: Partial<Definition> = {}): View {
  return view({ name: 'some', description: '', version: 1, reads: likes, keyOf: ({ video_id }) => video_id, bucket: tumbling({ seconds: 2 }), fold: count(), ...parts })
}

function like(video_id: string, occurredAt = 0): Event {
  return { id: 'x', payload: { video_id }, occurredAt, appendedAt: 0, partition: 0, offset: 0 }
}

describe('a view', () => {
  it('publishes one window as long as its finest step, or all time, where it names none', () => {
    expect(define().windows).toEqual([{ kind: 'aligned', name: '2s', sizeMs: 2000, everyMs: 2000 }])
    expect(define({ bucket: [{ stepMs: 500, keepMs: 1000 }] }).windows).toMatchObject([{ sizeMs: 500 }])
    expect(define({ bucket: [{ stepMs: 1001, keepMs: 5000 }] }).windows).toMatchObject([{ sizeMs: 1001 }])
    expect(define({ bucket: allTime }).windows).toEqual([{ kind: 'all-time', name: 'all' }])
  })

  it('publishes the windows that it names, in their order', () => {
    const { windows } = define({ windows: [slidingWindow({ seconds: 60 }), tumblingWindow({ seconds: 10 })] })
    expect(windows.map(({ name }) => name)).toEqual(['sliding-1m', '10s'])
  })

  it('keeps sessions apart in its state where it has a session window, and shows the same value', () => {
    const plain = define({ fold: sum(() => 2) })
    const { fold } = define({ fold: sum(() => 2), windows: [sessionWindow({ gapSeconds: 1 })] })
    const [first, second] = [like('a', 0), like('a', 1500)]
    expect(fold.add(fold.add(fold.zero, first), second)).toEqual([[0, 0, 2], [1500, 1500, 2]])
    expect(fold.valueOf(fold.add(fold.add(fold.zero, first), second))).toBe(plain.fold.valueOf(plain.fold.add(plain.fold.add(plain.fold.zero, first), second)))
  })

  it('waits for a second, or as long as it says', () => {
    expect([define().graceMs, define({ graceMs: 0 }).graceMs]).toEqual([1000, 0])
  })

  it('is refused when no store could keep it, or its windows make no sense', () => {
    const session = sessionWindow({ gapSeconds: 1 })
    const show = (): null => null
    const refused: readonly [Partial<Definition>, string][] = [
      [{ name: 'Some' }, 'kebab-case'],
      [{ name: 'x'.repeat(61) }, 'kebab-case'],
      [{ version: 0 }, 'positive integer'],
      [{ version: 1.5 }, 'positive integer'],
      [{ graceMs: -1 }, 'grace'],
      [{ graceMs: Number.NaN }, 'grace'],
      [{ bucket: allTime, windows: [tumblingWindow({ seconds: 2 })] }, 'no buckets'],
      [{ windows: [tumblingWindow({ seconds: 3 })] }, 'whole steps'],
      [{ windows: [session, sessionWindow({ gapSeconds: 2 })] }, 'one session'],
      [{ windows: [tumblingWindow({ seconds: 60 }), tumblingWindow({ seconds: 60 })] }, 'one name'],
      [{ showing: { baselineMs: 0, show } }, 'baseline'],
      [{ showing: { baselineMs: Number.NaN, show } }, 'baseline'],
      [{ showing: { baselineMs: 60_000, show }, windows: [session] }, 'sessions'],
    ]
    for (const [parts, reason] of refused) expect(() => define(parts), reason).toThrow(reason)
  })

  it('has another version in the stores when slices or the horizon change', () => {
    const settings = { sliceMs: 60_000, dedupHorizonMs: 600_000 }
    expect(storedVersion(define(), settings)).toBe('1-60000-600000')
    expect(storedVersion(define(), { ...settings, sliceMs: 1000 })).not.toBe(storedVersion(define(), settings))
  })
})

describe('the groups of an event', () => {
  const long = 'x'.repeat(maxKeyLength + 1)

  it('are one, several or none, and never one with a key that is too long', () => {
    expect(keysOfEvent(define(), like('a'))).toBe('a')
    expect(keysOfEvent(define(), like(long))).toEqual([])
    expect(keysOfEvent(define({ keyOf: () => undefined }), like('a'))).toEqual([])
    expect(keysOfEvent(define({ keyOf: () => [] }), like('a'))).toEqual([])
    expect(keysOfEvent(define({ keyOf: ({ video_id }) => ['all', video_id, long] }), like('a'))).toEqual(['all', 'a'])
  })

  it('each count it', () => {
    const accumulator = createAccumulator(define({ keyOf: ({ video_id }) => ['all', video_id] }))
    const changed: string[] = []
    for (const id of ['a', 'b', 'a']) accumulator.add(like(id), 0, ({ key }) => changed.push(key))
    expect([...accumulator.groups()].map(({ key, state }) => [key, state])).toEqual([['all', 3], ['a', 2], ['b', 1]])
    expect(changed).toEqual(['all', 'a', 'all', 'b', 'all', 'a'])
  })
})
