import { randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { ViewAnswer } from '@twofold/analytics-service/answer-view.ts'
import { type Answer, type Client, createClient, until } from './client.ts'
import { nextWindow } from './next-window.ts'
import { passed } from './passed.ts'
import { refusedByTheLog } from './refused-by-the-log.ts'
import { sumOf } from './sum-of.ts'
import type { Tale, Teller } from './tale.ts'
import { tellOfCorrections } from './tell-of-corrections.ts'
import { tellOfLive } from './tell-of-live.ts'
import { tellOfPlaces } from './tell-of-places.ts'
import { tellOfReaders } from './tell-of-readers.ts'
import { tellOfSockets } from './tell-of-sockets.ts'
import { dedupHorizonMs, type System } from './system.ts'

/** What every installation does for its users, whatever it runs on. One system for all stories, which build on each other's data only where they say so. */
export function tellStories(name: string, startSystem: () => Promise<System>): void {
  describe(name, { timeout: 90_000 }, () => {
    let system: System
    let client: Client
    beforeAll(async () => {
      system = await startSystem()
      client = createClient(system)
    }, 120_000)
    afterAll(() => system?.close(), 60_000)
    const tale = (): Tale => ({ system, client })

    describe('a new system', () => tellOfUsers(tale))
    describe('reactions and likes', () => tellOfReactions(tale))
    describe('repeats', () => tellOfRepeats(tale))
    describe('readers', () => tellOfReaders(tale))
    describe('live streams', () => tellOfLive(tale))
    describe('live readers who come back', () => tellOfPlaces(tale))
    describe('corrections', () => tellOfCorrections(tale))
    describe('socket.io', () => tellOfSockets(tale))
    describe('garbage', () => tellOfGarbage(tale))
  })
}

const tellOfUsers: Teller = (tale) => {
  it('answers null and an empty list before the first user', async () => {
    const { body, headers } = await until(() => tale().client.analytics(), (answer) => answer.headers.get('Twofold-Complete') === 'true')
    expect(body).toEqual({ longestNameUser: null, userCount: [] })
    expect(headers.get('Twofold-Complete')).toBe('true')
  })

  it('shows a user within two seconds, and replaces the longest name', async () => {
    const { client } = tale()
    expect(await client.post('/user', { id: '1', name: 'user1' })).toMatchObject({ status: 202, body: { id: '1' } })
    const first = await until(() => client.analytics(), ({ body }) => body.longestNameUser !== null, 2_000)
    expect(first.body.longestNameUser).toEqual({ id: '1', name: 'user1' })
    expect(first.body.userCount.map((point) => point.userCount)).toEqual([1])
    await client.post('/user', { id: '2', name: 'user12345' })
    const second = await until(() => client.analytics(), ({ body }) => body.longestNameUser?.id === '2', 2_000)
    expect(second.body.userCount.at(-1)?.userCount).toBe(2)
  })

  it('says when a run holds what the speed layer held, and the numbers do not move', async () => {
    const { client } = tale()
    const postedAt = Date.now()
    await client.post('/user', { id: '3', name: 'u3' })
    const isHeld = ({ body }: Answer<ViewAnswer>) => Date.parse(body.asOf.boundary ?? '0') > postedAt + 1000
    const totals = new Set<unknown>()
    await until(() => client.view('user-count', '?step=all'), ({ body }) => body.rows[0]?.value === 3, 2_000)
    const held = await until(
      async () => {
        const answer = await client.view('user-count', '?step=all')
        totals.add(answer.body.rows[0]?.value)
        return answer
      },
      isHeld,
    )
    expect([...totals]).toEqual([3])
    expect(held.body).toMatchObject({ complete: true, missing: [], rows: [{ value: 3 }] })
    expect(held.body.asOf.run).toBeGreaterThan(0)
  })

  it('keeps the history of users cumulative, also from a time on', async () => {
    const { client } = tale()
    await client.post('/user', { id: '4', name: 'in a later second than the first' })
    const all = await until(() => client.analytics(), ({ body }) => body.userCount.at(-1)?.userCount === 4)
    const points = all.body.userCount
    expect(points.length).toBeGreaterThan(1)
    expect((await client.analytics(`?from=${points[1]!.time}`)).body.userCount).toEqual(points.slice(1))
    expect((await client.analytics('?limit=1')).body.userCount).toEqual(points.slice(-1))
  })
}

const tellOfReactions: Teller = (tale) => {
  it('counts reactions by emoji and two seconds of event time, in seconds, milliseconds and RFC 3339', async () => {
    const { client } = tale()
    const time = Math.floor((Date.now() - 60_000) / 2000) * 2000
    const times = [time / 1000, time, new Date(time + 1999).toISOString(), new Date(time + 2000).toISOString()]
    for (const timestamp of times) await client.post('/reaction', { user_id: 7, emoji_str: '🎉', timestamp })
    const { body } = await until(() => client.view('emoji-count', '?key=🎉'), (answer) => sumOf(answer) === 4)
    expect(body.rows.map(({ from, value }) => [from, value])).toEqual([
      [new Date(time).toISOString(), 3],
      [new Date(time + 2000).toISOString(), 1],
    ])
  })

  it('sums likes of one minute up to five and ten minutes', async () => {
    const { client } = tale()
    const start = Math.floor((Date.now() - 3_600_000) / 600_000) * 600_000
    for (const minute of [0, 1, 4, 5, 9]) {
      await client.post('/videos/holiday/likes', { timestamp: new Date(start + minute * 60_000).toISOString() })
    }
    const query = (step: string) => client.view('likes', `?key=holiday&step=${step}&from=${start}&until=${start + 600_000}`)
    await until(() => query('1m'), (answer) => sumOf(answer) === 5)
    expect((await query('5m')).body.rows.map(({ value }) => value)).toEqual([3, 2])
    expect((await query('10m')).body.rows.map(({ value }) => value)).toEqual([5])
  })

  it('shows an event of two days ago at once, counts it once, and still does after the next run', async () => {
    const { client } = tale()
    const timestamp = Date.now() - 2 * 86_400_000
    await client.post('/reaction', { user_id: 'late', emoji: '🐢', timestamp })
    const early = await until(() => client.view('emoji-count', '?key=🐢'), (answer) => sumOf(answer) === 1, 3_000)
    const { boundary } = early.body.asOf
    const late = await until(() => client.view('emoji-count', '?key=🐢'), ({ body }) => passed(body, boundary, 3000))
    const { final, revision } = late.body.rows[0]!
    // The answer may be ahead of the correction that tells of it.
    expect(late.body.rows).toEqual(early.body.rows.map((row) => ({ ...row, final, revision })))
  })

  it('takes many events at once, as an array or as lines', async () => {
    const { client } = tale()
    const reactions = Array.from({ length: 500 }, (_, at) => ({ reaction_id: `many-${at}`, user_id: at, emoji: '🚀' }))
    const array = await client.post('/reactions', reactions.slice(0, 250))
    expect(array.body.results).toEqual(reactions.slice(0, 250).map(({ reaction_id: id }) => ({ id, status: 202 })))
    const lines = reactions.slice(250).map((reaction) => JSON.stringify(reaction)).join('\n')
    expect((await client.post('/reactions', lines, 'application/x-ndjson')).status).toBe(200)
    await until(() => client.view('emoji-count', '?key=🚀&step=all'), (answer) => sumOf(answer) === 500)
  })
}

const tellOfRepeats: Teller = (tale) => {
  it('answers a repeat like the first and counts it once, and keeps a conflicting payload aside', async () => {
    const { client, system } = tale()
    const reaction_id = randomUUID()
    for (const emoji of ['🦊', '🦊', '🐺']) {
      expect((await client.post('/reaction', { reaction_id, user_id: 1, emoji })).body).toEqual({ id: reaction_id })
    }
    await until(() => client.view('emoji-count', '?key=🦊&step=all'), (answer) => sumOf(answer) === 1)
    expect(sumOf(await client.view('emoji-count', '?key=🐺&step=all'))).toBe(0)
    const { rows } = await system.openStores()
    const kept = await until(
      async () => (await rows.readRepeats('reaction', 1000)).filter(({ id }) => id === reaction_id),
      (repeats) => repeats.length > 0,
    )
    expect(kept).toMatchObject([{ isConflict: true, isLate: false }])
  })

  it('counts a repeat that comes later than the horizon until the boundary has passed it, then no more', async () => {
    const { client } = tale()
    const reaction = { reaction_id: randomUUID(), user_id: 1, emoji: '🦥' }
    await client.post('/reaction', reaction)
    const first = await until(() => client.view('emoji-count', '?key=🦥&step=all'), (answer) => sumOf(answer) === 1)
    await sleep(dedupHorizonMs + 1000)
    // A run begins with each even second: right behind one there is time to see what the next one takes back.
    await sleep(nextWindow(2000) + 300 - Date.now())
    await client.post('/reaction', reaction)
    const seen = new Set([sumOf(first)])
    await until(
      async () => {
        const answer = await client.view('emoji-count', '?key=🦥&step=all')
        seen.add(sumOf(answer))
        return answer
      },
      ({ body }) => passed(body, first.body.asOf.appendedAt, dedupHorizonMs + 6000),
    )
    expect([...seen]).toEqual([1, 2, 1].filter((value, at, all) => all.indexOf(value) === at))
    expect(sumOf(await client.view('emoji-count', '?key=🦥&step=all'))).toBe(1)
  })

  it('welcomes plain JSON of other programs', async () => {
    const { client, system } = tale()
    const { log } = await system.openStores()
    const value = JSON.stringify({ user_id: 5, emoji: '👽' })
    await log.append('reaction', [1, 2].map(() => ({ key: null, value, headers: {} })))
    await until(() => client.view('emoji-count', '?key=👽&step=all'), (answer) => sumOf(answer) === 2)
  })
}

const tellOfGarbage: Teller = (tale) => {
  it('keeps what can not be decoded as dead letters, and moves on', async () => {
    const { client, system } = tale()
    const { log, rows } = await system.openStores()
    const garbage = refusedByTheLog()
    expect(garbage.length).toBeGreaterThan(20)
    for (const { topic, bytes } of garbage) await log.append(topic, [{ partition: 0, key: null, value: bytes, headers: {} }])
    const good = { key: 'after-garbage', value: JSON.stringify({ user_id: 1, emoji: '🌈' }), headers: {}, partition: 0 }
    await log.append('reaction', [good])
    await until(() => client.view('emoji-count', '?key=🌈&step=all'), (answer) => sumOf(answer) === 1)
    for (const topic of new Set(garbage.map((item) => item.topic))) {
      const expected = garbage.filter((item) => item.topic === topic)
      const letters = await until(() => rows.readDeadLetters(topic, 1000), (found) => found.length >= expected.length)
      const kept = letters.map(({ value }) => Buffer.from(value ?? []).toString('base64'))
      expect(kept.sort()).toEqual(expected.map(({ bytes }) => Buffer.from(bytes).toString('base64')).sort())
      expect(letters.every(({ reason }) => reason.length > 0)).toBe(true)
    }
  })
}
