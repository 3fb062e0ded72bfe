import { appendFile, mkdtemp, readFile, rm } from 'node:fs/promises'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { json } from 'node:stream/consumers'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { openLedger, readLedgers } from './ledger.ts'
import { naiveMoodOf } from './naive-moods.ts'
import { simulate } from './simulate.ts'
import { simulateEvents } from './simulate-events.ts'
import { startServer, type StubApi } from './stub-api.ts'

const settings = {
  seed: 7,
  rate: 500,
  durationMs: 400,
  clients: 50,
  repeats: 0.3,
  late: 0.1,
  repeatWithinMs: 200,
  startedAt: 1.8e12,
}

interface Request {
  readonly path: string
  readonly body: Readonly<Record<string, string>>
  readonly id: string
}

describe('the events of a simulation', () => {
  it('are the same for the same seed, and others for another', () => {
    const events = [...simulateEvents(settings)]
    expect([...simulateEvents(settings)]).toEqual(events)
    expect([...simulateEvents({ ...settings, seed: 8 })]).not.toEqual(events)
    expect(events.length).toBeGreaterThan(100)
  })

  it('hold the shares asked for, and repeat within the time given', () => {
    const events = [...simulateEvents({ ...settings, rate: 5000, durationMs: 2000 })]
    const share = (count: number): number => count / events.length
    expect(share(events.filter(({ isRepeat }) => isRepeat).length)).toBeCloseTo(0.3, 1)
    const firsts = new Map(events.filter(({ isRepeat }) => !isRepeat).map((event) => [event.id, event]))
    for (const event of events) {
      const first = firsts.get(event.id)!
      expect(event).toEqual({ ...first, dueMs: event.dueMs, isRepeat: event.isRepeat })
      expect(event.dueMs - first.dueMs).toBeLessThanOrEqual(200)
    }
    const timed = [...firsts.values()].filter(({ payload }) => payload.timestamp !== undefined)
    const late = timed.filter(
      ({ payload, dueMs }) => Date.parse(String(payload.timestamp)) < settings.startedAt + dueMs - 3_000_000,
    )
    expect(late.length / timed.length).toBeCloseTo(0.1, 1)
    expect(new Set([...firsts.values()].map(({ topic }) => topic)).size).toBe(4)
  })

  it('are of every mood, in some rooms and in none', () => {
    const events = [...simulateEvents({ ...settings, clients: 500, rate: 5000, durationMs: 2000 })]
    const reactions = events.filter(({ topic }) => topic === 'reaction').map(({ payload }) => payload)
    expect(new Set(reactions.map(({ emoji }) => naiveMoodOf(String(emoji)))).size).toBe(8)
    const inRooms = reactions.filter(({ room }) => room !== undefined)
    expect(inRooms.length / reactions.length).toBeCloseTo(0.6, 1)
    expect(new Set(inRooms.map(({ room }) => room))).toContain('all')
    expect(new Set(inRooms.map(({ room }) => room)).size).toBeGreaterThan(3)
  })
})

describe('a simulation', () => {
  let folder: string
  let api: StubApi
  let requests: Request[]
  let handle: (request: Request, response: ServerResponse) => void

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'simulate-'))
    requests = []
    handle = ({ id }, response) => void response.writeHead(202).end(JSON.stringify({ id }))
    api = await startServer(async (request: IncomingMessage, response) => {
      const body = (await json(request)) as Request['body']
      const seen = { path: request.url!, body, id: (body.reaction_id ?? body.message_id ?? body.id)! }
      requests.push(seen)
      handle(seen, response)
    })
  })

  afterEach(async () => {
    await api.close()
    await rm(folder, { recursive: true })
  })

  it('sends every event and keeps account of it', async () => {
    const { counts, ledger, latencies, elapsedMs } = await simulate({ ...settings, url: api.url })
    const events = [...simulateEvents(settings)]
    expect(counts).toMatchObject({
      sent: events.length,
      acknowledged: events.length,
      retried: 0,
      refused: 0,
      givenUp: 0,
    })
    expect(new Set([...ledger.entries()].map(({ id }) => id))).toEqual(new Set(events.map(({ id }) => id)))
    expect([...ledger.entries()].every(({ outcome }) => outcome === 'acknowledged')).toBe(true)
    expect(latencies.count).toBe(events.length)
    expect(elapsedMs).toBeGreaterThan(350)
  })

  it('retries with the same id and payload until it is acknowledged', async () => {
    const attempts = new Map<string, number>()
    handle = ({ id }, response) => {
      const attempt = (attempts.get(id) ?? 0) + 1
      attempts.set(id, attempt)
      if (attempt === 1) response.writeHead(503, { 'retry-after': '1' }).end()
      else if (attempt === 2) response.writeHead(429).end()
      else if (attempt === 3) response.destroy()
      else response.writeHead(202).end(JSON.stringify({ id }))
    }
    const { counts, ledger } = await simulate({ ...settings, repeats: 0, rate: 100, url: api.url })
    expect(counts).toMatchObject({ acknowledged: counts.sent, retried: 3 * counts.sent })
    for (const [id, tries] of attempts) expect({ id, tries }).toEqual({ id, tries: 4 })
    for (const { body, id } of requests) {
      expect([...ledger.entries()].find((entry) => entry.id === id)?.payload).toEqual(body)
    }
  })

  it('gives up in time, does not retry a refusal, and tells the two apart', async () => {
    handle = ({ path }, response) => void response.writeHead(path === '/sign' ? 422 : 500).end('no')
    const { counts, ledger, firstRefusal } = await simulate({
      ...settings,
      repeats: 0,
      rate: 200,
      giveUpMs: 50,
      url: api.url,
    })
    expect(counts.refused + counts.givenUp).toBe(counts.sent)
    expect(counts.refused).toBeGreaterThan(0)
    expect(firstRefusal).toContain('422 no')
    for (const { topic, outcome } of ledger.entries())
      expect(outcome).toBe(topic === 'message-sign-request' ? 'refused' : 'sent')
  })

  it('stops when it is told to, after what is under way', async () => {
    const stopping = new AbortController()
    setTimeout(() => stopping.abort(), 100)
    const { counts, elapsedMs } = await simulate({
      ...settings,
      durationMs: 60_000,
      url: api.url,
      signal: stopping.signal,
    })
    expect(elapsedMs).toBeLessThan(5000)
    expect(counts.acknowledged).toBe(counts.sent)
  })

  it('tells who watches about every event once, before it leaves', async () => {
    const told = new Set<string>()
    handle = ({ id }, response) => {
      expect(told).toContain(id)
      response.writeHead(202).end(JSON.stringify({ id }))
    }
    const onSend = ({ id }: { id: string }) => void (told.has(id) ? expect.fail(`${id} was told twice`) : told.add(id))
    const { counts } = await simulate({ ...settings, url: api.url, onSend })
    expect(told.size).toBe(counts.sent - counts.repeats)
  })

  it('leaves a ledger that a kill can not make unreadable', async () => {
    const path = join(folder, 'sent.ndjson')
    const { ledger } = await simulate({ ...settings, url: api.url, ledgerPath: path })
    expect([...readLedgers([path]).entries()]).toEqual([...ledger.entries()])
    await appendFile(path, '{"topic":"user","id":"torn","payl')
    expect([...readLedgers([path]).entries()]).toEqual([...ledger.entries()])
    expect((await readFile(path, 'utf8')).split('\n')[0]).toMatch(/^{"topic":".+","id":"7-0","payload":/)
  })
})

describe('a ledger', () => {
  it('is continued where it ended, also behind a torn line', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'ledger-'))
    const path = join(folder, 'sent.ndjson')
    const first = openLedger(path)
    first.noteSent({ topic: 'user', id: '1', payload: { name: 'Ada' } })
    first.close()
    await appendFile(path, '{"topic":"us')
    const second = openLedger(path)
    second.noteOutcome({ topic: 'user', id: '1' }, 'acknowledged')
    second.noteSent({ topic: 'user', id: '2', payload: { name: 'Bo' } })
    second.close()
    expect([...readLedgers([path]).entries()]).toEqual([
      { topic: 'user', id: '1', payload: { name: 'Ada' }, outcome: 'acknowledged' },
      { topic: 'user', id: '2', payload: { name: 'Bo' }, outcome: 'sent' },
    ])
    await rm(folder, { recursive: true })
  })

  it('refuses to read a file that is not there', () => {
    expect(() => readLedgers(['/nowhere/sent.ndjson'])).toThrow('ENOENT')
  })
})
