import { connect } from 'node:net'
import { text } from 'node:stream/consumers'
import { setTimeout as wait } from 'node:timers/promises'
import { emojiCount } from '@twofold/core/views/emoji-count.ts'
import { likesByVideo } from '@twofold/core/views/likes.ts'
import { describe, expect, it } from 'vitest'
import { createFakeFeed, dayStart, placeAhead, shown } from './fake-feed.test-kit.ts'
import { openStream, provenance, servePush } from './serve-push.test-kit.ts'
import { encodeVector } from './vector-text.ts'

const emojis = '/views/emoji-count/stream'

describe('a stream of a view', () => {
  it('begins with a snapshot and goes on with changes', async () => {
    const { url, feed } = await servePush()
    feed.tap('😀', 0)
    const reader = await openStream(url + emojis)
    const head = { view: 'emoji-count', version: 1, ...provenance, window: '2s', next: null }
    expect(await reader.frame(1)).toEqual({ ...head, rows: [shown('😀', 0, 1)] })
    feed.tap('😀', 0)
    expect(await reader.frame(2)).toEqual({ ...head, rows: [shown('😀', 0, 2)] })
    feed.close(0)
    expect(await reader.frame(3)).toEqual({ ...head, rows: [shown('😀', 0, 2, { final: true })] })
    expect(reader.frames.map(({ event }) => event)).toEqual(['snapshot', 'change', 'change'])
    expect(reader.lastEventId).toBe(encodeVector(feed.position))
  })

  it('has the headers of a stream that nothing on the way keeps back, and says when to come again', async () => {
    const { url } = await servePush()
    const reader = await openStream(url + emojis)
    expect(reader.response.headers).toMatchObject({
      'content-type': 'text/event-stream; charset=utf-8',
      'cache-control': 'no-store',
      'x-accel-buffering': 'no',
    })
    await reader.until(({ text: received }) => /^retry: [23]\d{3}\n\n/.test(received))
    const head = await fetch(url + emojis, { method: 'HEAD' })
    expect([head.status, head.headers.get('content-type')]).toEqual([200, 'text/event-stream; charset=utf-8'])
  })

  it('tells each reader another time to come again, so that those who lose it together do not return together', async () => {
    const { url } = await servePush()
    const readers = await Promise.all(Array.from({ length: 20 }, () => openStream(url + emojis)))
    await Promise.all(readers.map((reader) => reader.frame(1)))
    const pauses = readers.map(({ text: received }) => Number(/^retry: (\d+)\n\n/.exec(received)?.[1]))
    expect(new Set(pauses).size).toBe(20)
    for (const pauseMs of pauses) expect(Math.abs(pauseMs - 3000)).toBeLessThanOrEqual(1000)
  })

  it('ends the streams of a window that can not be written, and no others', async () => {
    const { url, feed, errors } = await servePush()
    const [broken, other] = await Promise.all(['a', 'b'].map((key) => openStream(`${url}${emojis}?key=${key}`)))
    await Promise.all([broken!.frame(1), other!.frame(1)])
    // No date is so late, and text of its time can't be made.
    feed.tap('a', 5e12)
    await broken!.ended()
    feed.tap('b', 0)
    expect((await other!.frame(2))['rows']).toEqual([shown('b', 0, 1)])
    expect((await fetch(`${url}${emojis}?key=a`)).status).toBe(500)
    feed.tap('b', 0)
    expect((await other!.frame(3))['rows']).toEqual([shown('b', 0, 2)])
    expect(errors).toMatchObject([1, 2].map(() => ({ view: 'emoji-count', window: '2s', error: { name: 'RangeError' } })))
  })

  it('tells a correction with what was published before, and the place only once both frames are told', async () => {
    const { url, feed } = await servePush({ minPauseMs: 50 })
    feed.tap('a', 0)
    feed.close(0)
    const reader = await openStream(url + emojis)
    await reader.frame(1)
    feed.tap('a', 0)
    feed.tap('b', 1)
    const { rows } = await reader.frame(3)
    const corrected = { previous: 1, correctedAt: new Date(dayStart).toISOString() }
    expect(rows).toEqual([{ ...shown('a', 0, 2, { final: true, revision: 1 }), ...corrected }])
    expect(reader.frames.slice(1).map(({ event, id }) => [event, id])).toEqual([['change', undefined], ['correction', encodeVector(feed.position)]])
  })

  it('tells each group its own keys only', async () => {
    const { url, feed } = await servePush()
    feed.tap('a', 0)
    feed.tap('b', 0)
    const [all, keyed, rooms] = await Promise.all(['', '?key=a', '?rooms=b,c'].map((query) => openStream(url + emojis + query)))
    expect((await all!.frame(1))['rows']).toHaveLength(2)
    expect((await keyed!.frame(1))['rows']).toEqual([shown('a', 0, 1)])
    expect((await rooms!.frame(1))['rows']).toEqual([shown('b', 0, 1)])
    feed.tap('a', 0)
    await keyed!.frame(2)
    feed.tap('c', 0)
    expect((await rooms!.frame(2))['rows']).toEqual([shown('c', 0, 1)])
    await all!.frame(3)
    expect([all!.frames.length, keyed!.frames.length, rooms!.frames.length]).toEqual([3, 2, 2])
  })

  it('goes on exactly where a client left, with nothing twice', async () => {
    const { url, feed } = await servePush()
    feed.tap('a', 0)
    const first = await openStream(url + emojis)
    await first.frame(1)
    first.leave()
    feed.tap('a', 0)
    feed.tap('b', 0)
    feed.close(0)
    const second = await openStream(url + emojis, { 'Last-Event-ID': first.lastEventId })
    expect((await second.frame(1))['rows']).toEqual([shown('a', 0, 2, { final: true }), shown('b', 0, 1, { final: true })].toSorted(byPartition))
    const third = await openStream(`${url}${emojis}?lastEventId=${second.lastEventId}`)
    await third.until(({ lastEventId }) => lastEventId !== '')
    feed.tap('c', 1)
    expect((await third.frame(1))['rows']).toEqual([shown('c', 1, 1)])
    expect([second.frames[0]!.event, third.frames[0]!.event]).toEqual(['change', 'change'])
  })

  it.each([['too old', '0.0-'], ['garbage', 'x'], ['of other partitions', '1.2.3-']])('answers a place that is %s with one snapshot', async (_what, place) => {
    const { url, feed } = await servePush()
    feed.tap('a', 0)
    feed.forget()
    const id = place === 'x' ? 'x' : encodeVector(place.slice(0, -1).split('.').map(Number))
    const reader = await openStream(url + emojis, { 'Last-Event-ID': id })
    expect((await reader.frame(1))['rows']).toEqual([shown('a', 0, 1)])
    feed.tap('a', 0)
    await reader.frame(2)
    expect(reader.frames.map(({ event }) => event)).toEqual(['resync', 'change'])
  })

  it('waits for a place that only another replica has reached', async () => {
    const { url, feed } = await servePush()
    feed.tap('a', 0)
    const opened = openStream(url + emojis, { 'Last-Event-ID': encodeVector(placeAhead(feed.position, 1)) })
    await wait(50)
    feed.skip()
    feed.tap('b', 0)
    const reader = await opened
    expect((await reader.frame(1))['rows']).toEqual([shown('b', 0, 1)])
    expect(reader.frames[0]!.event).toBe('change')
  })

  it('begins anew when nobody reaches the place in time', async () => {
    const { url, feed } = await servePush({ limits: { aheadMs: 30 } })
    feed.tap('a', 0)
    const reader = await openStream(url + emojis, { 'Last-Event-ID': encodeVector(placeAhead(feed.position, 9)) })
    await reader.frame(1)
    expect(reader.frames[0]!.event).toBe('resync')
  })

  it('begins anew for everybody when the feed does', async () => {
    const { url, feed } = await servePush()
    const readers = await Promise.all(['', '?key=a'].map((query) => openStream(url + emojis + query)))
    await Promise.all(readers.map((reader) => reader.frame(1)))
    feed.tap('a', 0)
    feed.forget()
    await Promise.all(readers.map((reader) => reader.frame(2)))
    expect(readers.map(({ frames }) => frames.map(({ event }) => event))).toEqual([['snapshot', 'resync'], ['snapshot', 'resync']])
  })

  it('gets a comment with the place when nothing happens', async () => {
    const { url, feed } = await servePush({ limits: { heartbeatMs: 60 } })
    const reader = await openStream(`${url}${emojis}?key=a`)
    await reader.frame(1)
    feed.tap('b', 0)
    await reader.until(({ text: received, lastEventId }) => received.includes('\n\n:\nid: ') && lastEventId === encodeVector(feed.position))
    expect(reader.frames).toHaveLength(1)
  })

  it('is not cut by the time-outs of ordinary requests', async () => {
    const { url, feed } = await servePush({ listenOptions: { headersTimeoutMs: 50, requestTimeoutMs: 50, keepAliveTimeoutMs: 50 } })
    const reader = await openStream(url + emojis)
    await wait(250)
    feed.tap('a', 0)
    expect((await reader.frame(2))['rows']).toEqual([shown('a', 0, 1)])
  })

  it('ends at once, and in order, when the process stops', async () => {
    const { url, streams, close } = await servePush()
    const reader = await openStream(url + emojis)
    await reader.frame(1)
    streams.stop()
    const closed = close(60_000)
    await reader.ended()
    await closed
    expect(reader.response.complete).toBe(true)
    await expect(fetch(url + emojis)).rejects.toThrow()
  })

  it('is counted while it lasts', async () => {
    const { url, metrics } = await servePush()
    const reader = await openStream(url + emojis)
    await reader.frame(1)
    expect(await metrics.text()).toMatch(/^stream_subscribers\{[^}]*\} 1$/m)
    reader.leave()
    await expect.poll(() => metrics.text()).toMatch(/^stream_subscribers\{[^}]*\} 0$/m)
    expect(await metrics.text()).toMatch(/^stream_frames_total\{[^}]*\} 1$/m)
  })
})

/** As the fake feed has them: by partition. */
function byPartition(left: { key: string }, right: { key: string }): number {
  return (left.key.charCodeAt(0) % 2) - (right.key.charCodeAt(0) % 2)
}

describe('what can not be streamed', () => {
  it.each([
    ['/views/nothing/stream', 404], ['/views/emoji-count/stream?nonsense=1', 422], ['/views/emoji-count/stream?window=1m', 422],
    [`/views/emoji-count/stream?rooms=${'a,'.repeat(100)}b`, 422], [`/views/emoji-count/stream?${'key=a&'.repeat(101)}`, 422],
    ['/events?key=a', 422], ['/views/emoji-count/corrections?limit=0', 422],
  ])('%s is a problem of status %d', async (path, status) => {
    const { url } = await servePush()
    const answer = await fetch(url + path)
    expect([answer.status, answer.headers.get('content-type')]).toEqual([status, 'application/problem+json'])
  })

  it('names the windows that there are', async () => {
    const { url } = await servePush()
    const answer = await fetch(`${url}/views/likes/stream?window=7m`)
    expect(await answer.json()).toMatchObject({ detail: 'window: "7m" is none of the view likes; use 1m, 5m, 10m' })
  })

  it('is refused while the feed is not ready, and beyond the number of streams', async () => {
    const { url, feed } = await servePush({ maxStreams: 1 })
    const reader = await openStream(url + emojis)
    const full = await fetch(url + emojis)
    reader.leave()
    feed.isReady = false
    const early = await fetch(url + emojis)
    const earlyList = await fetch(`${url}/views/emoji-count/corrections`)
    expect([full, early, earlyList].map(({ status, headers }) => [status, headers.get('retry-after')])).toEqual([[503, '5'], [503, '2'], [503, '2']])
  })

  it('is refused when it is too long to begin with', async () => {
    const { url, feed } = await servePush({ limits: { maxSnapshotRows: 1 } })
    feed.tap('a')
    feed.tap('b')
    const whole = await fetch(url + emojis)
    expect([whole.status, await whole.text()]).toEqual([422, expect.stringContaining('name the keys')])
    const reader = await openStream(`${url}${emojis}?key=b`)
    await reader.frame(1)
  })
})

describe('a page of another origin', () => {
  it('may listen when it is on the list', async () => {
    const { url, port } = await servePush({ origins: ['https://friend.example'] })
    const ask = (origin: string) => fetch(url + emojis, { headers: { Origin: origin }, signal: AbortSignal.timeout(5000) })
    const answers = await Promise.all(['https://friend.example', 'https://foe.example', 'null', `http://127.0.0.1:${port}`].map(ask))
    expect(answers.map(({ status, headers }) => [status, headers.get('access-control-allow-origin')])).toEqual([
      [200, 'https://friend.example'], [403, null], [403, null], [200, `http://127.0.0.1:${port}`],
    ])
    expect(answers.map(({ headers }) => headers.get('vary'))).toEqual(['Origin', 'Origin', 'Origin', 'Origin'])
    await Promise.all(answers.map(async ({ body }) => body?.cancel()))
  })
})

describe('slow readers', () => {
  it('are written to again once they have taken what was written, with one frame for all that they missed', async () => {
    const { url, port, feed } = await servePush({ limits: { maxMissedRows: 100_000 } })
    for (let at = 0; at < 15_000; at++) feed.tap(`key-${at}-${'x'.repeat(700)}`, 0)
    const slow = connect(port, '127.0.0.1')
    slow.write(`GET ${emojis} HTTP/1.1\r\nHost: x\r\n\r\n`)
    const quick = await openStream(`${url}${emojis}?key=z`)
    await quick.frame(1)
    await wait(50)
    for (let tap = 1; tap <= 3; tap++) {
      feed.tap('z', 0)
      await quick.frame(1 + tap)
    }
    slow.setEncoding('utf8')
    let received = ''
    for await (const chunk of slow as AsyncIterable<string>) {
      received += chunk
      if (received.includes('event: change', received.length - chunk.length - 20)) break
    }
    const changes = received.split('\n').filter((line) => line.startsWith('data: ')).slice(1)
    expect(changes.map((line) => (JSON.parse(line.slice(6)) as { rows: unknown }).rows)).toEqual([[shown('z', 0, 3)]])
  })

  it('are dropped when they take nothing, and cost nobody else anything', async () => {
    const { url, port, feed, metrics } = await servePush({ limits: { patienceMs: 150, heartbeatMs: 60 } })
    for (let at = 0; at < 15_000; at++) feed.tap(`key-${at}-${'x'.repeat(700)}`, 0)
    const never = connect(port, '127.0.0.1')
    never.write(`GET ${emojis} HTTP/1.1\r\nHost: x\r\n\r\n`)
    never.on('error', () => {})
    const quick = await openStream(`${url}${emojis}?key=z`)
    await quick.frame(1)
    for (let tap = 1; tap <= 20; tap++) {
      feed.tap('z', 0)
      expect((await quick.frame(1 + tap))['rows']).toEqual([shown('z', 0, tap)])
    }
    await expect.poll(() => metrics.text(), { timeout: 10_000 }).toMatch(/^stream_dropped_total\{[^}]*\} 1$/m)
    await expect.poll(() => metrics.text()).toMatch(/^stream_subscribers\{[^}]*\} 1$/m)
    feed.tap('z', 0)
    await quick.frame(22)
    never.destroy()
  })
})

describe('the events of the reaction service', () => {
  const report = (emoji: string, at: number, count: number, more: { final?: boolean; revision?: number } = {}) => {
    const { from, until, final, revision } = shown(emoji, at, count, more)
    return { emoji, count, windowStart: from, windowEnd: until, final, revision }
  }

  it('are open windows first, then everything that changes, closes, or is corrected', async () => {
    const { url, feed } = await servePush()
    feed.tap('old', 0)
    feed.close(0)
    feed.tap('😀', 1)
    const reader = await openStream(`${url}/events`)
    expect(await reader.frame(1)).toEqual(report('😀', 1, 1))
    feed.tap('😀', 1)
    expect(await reader.frame(2)).toEqual(report('😀', 1, 2))
    feed.close(1)
    expect(await reader.frame(3)).toEqual(report('😀', 1, 2, { final: true }))
    feed.tap('😀', 1)
    expect(await reader.frame(4)).toEqual(report('😀', 1, 3, { final: true, revision: 1 }))
    expect(reader.frames.map(({ event }) => event)).toEqual([undefined, undefined, undefined, undefined])
    const again = await openStream(`${url}/events`, { 'Last-Event-ID': reader.frames[1]!.id! })
    expect(await again.frame(1)).toEqual(report('😀', 1, 3, { final: true, revision: 1 }))
  })

  it('share one place when there are several at once', async () => {
    const { url, feed } = await servePush()
    feed.tap('a', 0)
    feed.tap('b', 0)
    const reader = await openStream(`${url}/events`)
    await reader.frame(2)
    expect(reader.frames.map(({ id }) => id)).toEqual([undefined, encodeVector(feed.position)])
  })

  it('tell the place also when no window is open', async () => {
    const { url, feed } = await servePush()
    feed.skip()
    const reader = await openStream(`${url}/events`)
    await reader.until(({ lastEventId }) => lastEventId === encodeVector(feed.position))
  })

  it('are not there without their view', async () => {
    const { url } = await servePush({ views: [likesByVideo] })
    expect((await fetch(`${url}/events`)).status).toBe(404)
  })
})

describe('the list of corrections', () => {
  it('has the newest first, by key, window and number', async () => {
    const feed = createFakeFeed()
    feed.close(5)
    for (const key of ['a', 'b', 'a']) feed.tap(key, 0)
    const { url } = await servePush({ feed, views: [emojiCount] })
    const read = async (query: string) => ((await (await fetch(`${url}/views/emoji-count/corrections${query}`)).json()) as { corrections: { key: string }[] })
    const { corrections, ...head } = await read('')
    expect(head).toEqual({ view: 'emoji-count', version: 1 })
    const { from, until } = shown('a', 0, 0)
    expect(corrections[0]).toEqual({ key: 'a', window: '2s', from, until, revision: 2, previous: 1, value: 2, correctedAt: new Date(dayStart + 2).toISOString() })
    expect(corrections.map(({ key }) => key)).toEqual(['a', 'b', 'a'])
    expect((await read('?key=b&window=2s')).corrections).toHaveLength(1)
    expect((await read('?limit=1')).corrections).toEqual(corrections.slice(0, 1))
  })
})

describe('a pipelined request', () => {
  it('for a stream is refused, as its frames would end up in another answer', async () => {
    const { port } = await servePush()
    const socket = connect(port, '127.0.0.1')
    socket.write(`GET /views/emoji-count/corrections HTTP/1.1\r\nHost: x\r\n\r\nGET ${emojis} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`)
    const received = await text(socket)
    expect(received.match(/HTTP\/1\.1 \d+/g)).toEqual(['HTTP/1.1 200', 'HTTP/1.1 400'])
  })
})
