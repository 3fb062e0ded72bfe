import { once } from 'node:events'
import { io, type Socket } from 'socket.io-client'
import { expect, it, onTestFinished } from 'vitest'
import { until } from './client.ts'
import { nextWindow } from './next-window.ts'
import { type Minutes, openSystem004Client, type Report, type System004Client } from './system-004-client.ts'
import type { Teller } from './tale.ts'

const lengths = [1, 5, 10] as const satisfies Minutes[]

export const tellOfSockets: Teller = (tale) => {
  it('tells the clients of system 004 of their videos: at once, to who joins late, and when a late like comes', async () => {
    const { client, system } = tale()
    const watch = () => connect(openSystem004Client(system.analyticsUrl, { videos: ['derby'] }))
    const first = watch()
    await heard(first, () => first.connects === 1)
    for (const video of ['another', 'derby']) await client.post(`/videos/${video}/likes`, { timestamp: new Date(nextWindow(60_000)).toISOString() })
    await heard(first, (reports) => reports.every(({ length }) => length > 0))
    const second = watch()
    await heard(second, (reports) => reports.every(({ length }) => length > 0))
    for (const minutes of lengths) {
      const [report] = first.reports(minutes)
      expect(report).toMatchObject({ id: 'derby', count: 1, final: false, revision: 0 })
      expect(Date.parse(report!.windowEnd) - Date.parse(report!.windowStart)).toBe(minutes * 60_000)
      expect(second.reports(minutes)).toMatchObject([{ id: 'derby', count: 1, windowStart: report!.windowStart, revision: 0 }])
    }
    await client.post('/videos/derby/likes', { timestamp: new Date(Date.now() - 1_800_000).toISOString() })
    for (const each of [first, second]) {
      await heard(each, (reports) => reports.every((all) => all.some(({ revision }) => revision === 1)))
      const corrections = lengths.map((minutes) => each.reports(minutes).filter(({ revision }) => revision > 0))
      expect(corrections).toMatchObject(lengths.map(() => [{ id: 'derby', count: 1, final: true, revision: 1 }]))
      expect(each.complaints).toEqual([])
    }
  })

  it('answers what it can not use with an error, and the socket lives on', async () => {
    const { client, system } = tale()
    const socket: Socket = io(system.analyticsUrl, { transports: ['websocket'], forceNew: true })
    onTestFinished(() => void socket.close())
    const complaints: unknown[] = []
    socket.on('request_error', (complaint: unknown) => complaints.push(complaint))
    await once(socket as never, 'connect')
    const bad: [string, unknown][] = [['register_room', 'derby'], ['register_room', { rooms: 'derby' }], ['register_room', { rooms: [7] }], ['consume_1_min_aggregations', 5]]
    for (const [event, payload] of bad) expect(await socket.emitWithAck(event, payload)).toEqual({ ok: false, error: expect.any(String) })
    await until(async () => complaints, ({ length }) => length === bad.length)
    expect(complaints).toMatchObject(bad.map(([event]) => ({ event, error: expect.any(String) })))
    expect(await socket.emitWithAck('register_room', { rooms: ['replay'] })).toEqual({ ok: true })
    expect(await socket.emitWithAck('consume_5_min_aggregations', {})).toEqual({ ok: true })
    const report = once(socket as never, 'live_aggregations_5')
    await client.post('/videos/replay/likes', {})
    expect(await report).toMatchObject([{ id: 'replay', count: 1, final: false, revision: 0 }])
  })
}

function connect(client: System004Client): System004Client {
  onTestFinished(client.close)
  return client
}

/** Waits until the reports on one, five and ten minutes satisfy. */
async function heard(client: System004Client, isWanted: (reports: (readonly Report[])[]) => boolean): Promise<void> {
  await until(async () => lengths.map((minutes) => client.reports(minutes)), isWanted)
}
