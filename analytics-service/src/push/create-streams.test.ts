import { emojiCount } from '@twofold/core/views/emoji-count.ts'
import { createMetrics } from '@twofold/runtime/metrics.ts'
import fc from 'fast-check'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import type { LiveRow } from '../live/live-feed.ts'
import { createStreams, type Streams } from './create-streams.ts'
import { createFakeFeed, type FakeFeed } from './fake-feed.test-kit.ts'
import { createFakeSink, type FakeSink, readTold, type ShownRow } from './fake-sink.test-kit.ts'
import { viewFrames } from './frames.ts'
import { readStart } from './parse-stream-query.ts'
import { rememberProvenance } from './remember-provenance.ts'
import { provenance } from './serve-push.test-kit.ts'
import { type StreamLimits, streamLimits } from './stream-limits.ts'
import { createStreamMeter } from './stream-meter.ts'
import { createTicker } from './ticker.ts'

beforeEach(() => void vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'setInterval', 'clearInterval', 'performance'] }))
afterEach(() => void vi.useRealTimers())

function createHouse(limits: Partial<StreamLimits> = {}) {
  const feed = createFakeFeed()
  const elapsed = (): number => performance.now()
  const streams = createStreams({
    feed,
    ticker: createTicker({ feed, elapsed, onError: () => {} }),
    provenance: rememberProvenance({ find: async () => provenance, elapsed, onError: () => {} }),
    elapsed,
    limits: { ...streamLimits, ...limits },
    meter: createStreamMeter(createMetrics({ service: 'test' })),
    onError: () => {},
    maxStreams: 100,
  })
  return { feed, streams }
}

interface House {
  readonly feed: FakeFeed
  readonly streams: Streams
}

/** A client that comes back with the last place it got. */
interface Client {
  readonly keys: ReadonlySet<string> | undefined
  readonly told: ReturnType<typeof readTold>['told']
  readonly sink: FakeSink | undefined
  connect(): Promise<void>
  disconnect(): void
}

function createClient({ feed, streams }: House, keys: ReadonlySet<string> | undefined): Client {
  const told: Client['told'] = []
  let sink: FakeSink | undefined
  let lastEventId: string | undefined
  const leave = (ended: FakeSink): void => {
    streams.closed(ended)
    if (sink !== ended) return
    sink = undefined
    const read = readTold(ended.taken)
    told.push(...read.told)
    lastEventId = read.lastEventId ?? lastEventId
  }
  return {
    keys,
    told,
    get sink() {
      return sink
    },
    async connect() {
      sink?.end()
      sink = createFakeSink(leave)
      const start = readStart({}, lastEventId, feed.position)
      await streams.open(sink, { view: emojiCount, window: '2s', form: viewFrames, keys, start })
    },
    disconnect: () => sink?.end(),
  }
}

test('readers who watch the same get the same buffer, others their own', async () => {
  const { feed, streams } = createHouse()
  const asked = [undefined, undefined, new Set(['a']), new Set(['b', 'a']), new Set(['a', 'b'])]
  const sinks = asked.map(() => createFakeSink())
  await Promise.all(sinks.map((sink, at) => streams.open(sink, { view: emojiCount, window: '2s', form: viewFrames, keys: asked[at], start: 'snapshot' })))
  await vi.advanceTimersByTimeAsync(1000)
  feed.tap('a')
  await vi.advanceTimersByTimeAsync(1000)
  const [whole, wholeToo, keyed, both, bothToo] = sinks.map(({ taken }) => taken)
  expect([whole!.length, keyed!.length, both!.length]).toEqual([2, 2, 2])
  for (const at of [0, 1]) {
    expect(whole![at]).toBe(wholeToo![at])
    expect(both![at]).toBe(bothToo![at])
    expect(both![at]).not.toBe(keyed![at])
  }
})

test('nothing is timed once everybody left', async () => {
  const house = createHouse()
  const client = createClient(house, undefined)
  const before = vi.getTimerCount()
  await client.connect()
  expect(vi.getTimerCount()).toBe(before + 2)
  client.disconnect()
  house.feed.tap('a')
  expect(vi.getTimerCount()).toBe(before)
})

test('a reader who takes nothing is written to once, and dropped after its time; one that holds much sooner', async () => {
  const house = createHouse({ maxHeldBytes: 1000 })
  const clients = [createClient(house, new Set(['a'])), createClient(house, undefined)]
  for (let key = 0; key < 10; key++) house.feed.tap(`key ${key}`)
  for (const client of clients) {
    await client.connect()
    client.sink!.stall()
  }
  await vi.advanceTimersByTimeAsync(250)
  const held = clients.map(({ sink }) => sink!.heldBytes)
  const present: string[] = []
  for (let second = 0; second < 25; second++) {
    house.feed.tap('a')
    present.push(clients.map(({ sink }) => (sink ? '1' : '0')).join(''))
    for (const [at, { sink }] of clients.entries()) if (sink) expect(sink.heldBytes).toBe(held[at])
    await vi.advanceTimersByTimeAsync(1000)
  }
  expect([...new Set(present)]).toEqual(['11', '10', '00'])
})

const step = fc.oneof(
  { weight: 6, arbitrary: fc.record({ do: fc.constant('tap' as const), key: fc.constantFrom('a', 'b', 'c', 'd'), at: fc.nat(4) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('close' as const), at: fc.nat(4) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('skip' as const) }) },
  { weight: 6, arbitrary: fc.record({ do: fc.constant('wait' as const), ms: fc.nat(600) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constantFrom('connect' as const, 'disconnect' as const, 'cut' as const), client: fc.nat(2) }) },
  { weight: 4, arbitrary: fc.record({ do: fc.constantFrom('stall' as const, 'flow' as const), client: fc.nat(2) }) },
)
type Step = typeof step extends fc.Arbitrary<infer Value> ? Value : never

async function take(taken: Step | { readonly do: 'forget' }, { feed }: House, clients: readonly Client[]): Promise<void> {
  if ('client' in taken) return takeClientStep(taken.do, clients[taken.client]!)
  if (taken.do === 'tap') feed.tap(taken.key, taken.at)
  else if (taken.do === 'close') feed.close(taken.at)
  else if (taken.do === 'skip') feed.skip()
  else if (taken.do === 'forget') feed.forget()
  else await vi.advanceTimersByTimeAsync(taken.ms)
}

async function takeClientStep(name: 'connect' | 'disconnect' | 'cut' | 'stall' | 'flow', client: Client): Promise<void> {
  const { sink } = client
  if (name === 'connect') await client.connect()
  else if (name === 'disconnect') client.disconnect()
  else if (name === 'cut') sink?.cut()
  else if (name === 'flow') sink?.flow()
  else sink?.stall()
}

async function settle({ feed, streams }: House, clients: readonly Client[]): Promise<void> {
  for (const client of clients) if (!client.sink) await client.connect()
  for (const client of clients) client.sink!.flow()
  await vi.advanceTimersByTimeAsync(3000)
  feed.skip()
  await vi.advanceTimersByTimeAsync(3000)
  streams.stop()
}

/** All windows of some keys, as the feed has them. */
function rowsOf({ feed }: House, keys: ReadonlySet<string> | undefined): LiveRow[] {
  const everything = feed.changesSince(emojiCount, '2s', [0, 0], keys)!
  const rows = [...everything.rows, ...everything.corrections]
  return [...new Map(rows.map((row) => [nameOf(row.key, row.from!), row])).values()]
}

function nameOf(key: string, from: number): string {
  return `${key} ${from}`
}

/** Follows what a client is told and holds it against what it knows: nothing twice, no revision left out. */
function follow({ told }: Client): { known: Map<string, ShownRow>; corrections: ShownRow[] } {
  const known = new Map<string, ShownRow>()
  const corrections: ShownRow[] = []
  for (const { event, rows } of told) {
    if (event === 'resync') known.clear()
    for (const row of rows) {
      const name = nameOf(row.key, Date.parse(row.from))
      const before = known.get(name)
      known.set(name, row)
      if (event === 'snapshot' || event === 'resync') continue
      if (event === 'correction') corrections.push(row)
      if (!before) continue
      expect(Number(row.value) > Number(before.value) || (row.final && !before.final)).toBe(true)
      if (event === 'correction') expect([row.revision, row.final]).toEqual([before.revision + 1, true])
      else expect([row.revision, before.final]).toEqual([0, false])
    }
  }
  return { known, corrections }
}

const keySets = [undefined, new Set(['a', 'c']), new Set(['d'])]

test('whoever comes and goes, stalls and comes back is told every change and every correction once', async () => {
  await fc.assert(fc.asyncProperty(fc.array(step, { minLength: 20, maxLength: 80 }), async (steps) => {
    const house = createHouse({ patienceMs: 1e9 })
    const clients = keySets.map((keys) => createClient(house, keys))
    for (const client of clients) await client.connect()
    await vi.advanceTimersByTimeAsync(250)
    for (const each of steps) await take(each, house, clients)
    await settle(house, clients)
    for (const client of clients) {
      // The snapshot was empty, so that everything there is has to have been told.
      const { known, corrections } = follow(client)
      expect(client.told.map(({ event }) => event).filter((event) => event !== 'change' && event !== 'correction')).toEqual(['snapshot'])
      const all = rowsOf(house, client.keys).map(({ key, from, value, final, revision }) => [nameOf(key, from!), { value, final, revision }])
      const told = [...known].map(([name, { value, final, revision }]) => [name, { value, final, revision }])
      expect(Object.fromEntries(told)).toEqual(Object.fromEntries(all))
      const there = house.feed.corrected.filter(({ key }) => client.keys?.has(key) ?? true)
      for (const key of ['a', 'b', 'c', 'd']) {
        expect(corrections.filter((each) => each.key === key).map(({ from, revision }) => [Date.parse(from), revision])).toEqual(
          there.filter((each) => each.key === key).map(({ from, revision }) => [from, revision]),
        )
      }
    }
  }), { numRuns: 100 })
})

test('where the feed forgets, everybody still ends with what there is', async () => {
  const steps = fc.array(fc.oneof({ weight: 20, arbitrary: step }, { weight: 1, arbitrary: fc.record({ do: fc.constant('forget' as const) }) }), { maxLength: 60 })
  await fc.assert(fc.asyncProperty(steps, async (taken) => {
    const house = createHouse({ patienceMs: 2000, heartbeatMs: 1500 })
    const before = vi.getTimerCount()
    const clients = keySets.map((keys) => createClient(house, keys))
    for (const each of taken) await take(each, house, clients)
    await settle(house, clients)
    for (const client of clients) {
      const { known } = follow(client)
      for (const row of house.feed.snapshot(emojiCount, '2s', client.keys)) {
        expect(known.get(nameOf(row.key, row.from!))).toMatchObject({ value: row.value, final: row.final, revision: row.revision })
      }
    }
    expect(vi.getTimerCount()).toBe(before)
  }), { numRuns: 100 })
})
