import { updatesTopic } from '@twofold/core/live/updates.ts'
import type { ShownMoods } from '@twofold/core/views/mood.ts'
import { setTimeout as sleep } from 'node:timers/promises'
import { expect, it } from 'vitest'
import { until } from './client.ts'
import { finalRows } from './final-rows.ts'
import { listen } from './listen.ts'
import type { LiveClient } from './live-client.ts'
import { nextWindow } from './next-window.ts'
import type { Teller } from './tale.ts'

export const tellOfLive: Teller = (tale) => {
  it('begin with a snapshot and go on with what changed', async () => {
    const { client, system } = tale()
    const url = `${system.analyticsUrl}/views/likes/stream?key=premiere&window=10m`
    const reader = await listen(url)
    expect(reader.frames).toMatchObject([{ event: 'snapshot', data: { view: 'likes', window: '10m', rows: [], next: null } }])
    await client.post('/videos/premiere/likes', { timestamp: new Date(nextWindow(60_000)).toISOString() })
    await reader.until(({ rows }) => rows.length > 0)
    expect(reader.frames[1]).toMatchObject({ event: 'change', data: { rows: [{ key: 'premiere', value: 1, final: false, revision: 0 }] } })
    const late = await listen(url)
    expect(late.frames).toMatchObject([{ event: 'snapshot', data: { rows: [{ key: 'premiere', value: 1, revision: 0 }] } }])
  })

  it('close the window of one reaction by themselves, and tell so once', async () => {
    const { client, system } = tale()
    const [mood, events] = await Promise.all([listen(`${system.analyticsUrl}/views/mood/stream?rooms=quiet`), listen(`${system.analyticsUrl}/events`)])
    await client.post('/reaction', { user_id: 1, emoji: '🤪', room: 'quiet', timestamp: nextWindow(2000) })
    await Promise.all([mood.until(({ rows }) => rows.some(({ final }) => final)), events.until((heard) => emojiReports(heard, '🤪').some(({ final }) => final))])
    // Long enough for three more rounds of progress and ticks.
    await sleep(1500)
    const told = mood.rows.map(({ final, revision, value }) => [final, revision, (value as ShownMoods).moods])
    expect(told).toMatchObject([[false, 0, { mischief: { count: 1, share: 1, rate: 0.5 } }], [true, 0, { mischief: { count: 1, share: 1, rate: 0.5 } }]])
    expect(emojiReports(events, '🤪')).toMatchObject([{ count: 1, final: false, revision: 0 }, { count: 1, final: true, revision: 0 }])
    const { rows } = (await client.view('mood', '?key=quiet')).body
    expect(rows).toMatchObject([{ from: mood.rows[0]!.from, value: { count: 1 }, final: true, revision: 0 }])
  })

  it('tell of the rooms that were asked for, each with a mood of its own', async () => {
    const { client, system } = tale()
    const stream = (query: string) => listen(`${system.analyticsUrl}/views/mood/stream?${query}`)
    const [arena, bar, both, same] = await Promise.all(['rooms=arena', 'rooms=bar', 'rooms=arena,bar', 'key=bar&key=arena'].map(stream)) as [LiveClient, LiveClient, LiveClient, LiveClient]
    const timestamp = nextWindow(2000)
    const taps = [['😂', 'arena'], ['😂', 'arena'], ['😡', 'bar'], ['😢', 'elsewhere']] as const
    await client.post('/reactions', taps.map(([emoji, room]) => ({ user_id: 1, emoji, room, timestamp })))
    await Promise.all([arena, bar, both, same].map((reader, at) => reader.until(({ rows }) => finalRows(rows).length === (at < 2 ? 1 : 2))))
    const arenaRow = { key: 'arena', value: { count: 2, moods: { happy: { count: 2, share: 1 } } } }
    const barRow = { key: 'bar', value: { count: 1, moods: { anger: { count: 1, share: 1 } } } }
    for (const [reader, rows] of [[arena, [arenaRow]], [bar, [barRow]], [both, [arenaRow, barRow]], [same, [arenaRow, barRow]]] as const) {
      expect(finalRows(reader.rows).toSorted((left, right) => (left.key < right.key ? -1 : 1))).toMatchObject(rows)
      expect(new Set(reader.rows.map(({ key }) => key))).toEqual(new Set(rows.map(({ key }) => key)))
    }
    const everybody = await until(() => client.view('mood', `?key=all&from=${timestamp}&until=${timestamp + 2000}`), ({ body }) => body.rows[0]?.final === true)
    expect(everybody.body.rows).toMatchObject([{ value: { count: 4, moods: { happy: { count: 2 }, sadness: { count: 1 }, anger: { count: 1 } } } }])
  })

  it('pass over what other programs put among the updates', async () => {
    const { client, system } = tale()
    const reader = await listen(`${system.analyticsUrl}/views/emoji-count/stream?key=🪃`)
    const { log } = await system.openStores()
    const odd = ['', 'x', 'null', '[]', '{"cell":[]}', '{"cell":["emoji-count","1",0,0,"🪃",2000,0,1e999],"state":1}', '{"progress":{"topic":"reaction","views":[],"processed":[{}]}}']
    for (const partition of [0, 1, 2, 3]) await log.append(updatesTopic, [...odd, null].map((value) => ({ partition, key: null, value, headers: {} })))
    await client.post('/reaction', { user_id: 1, emoji: '🪃' })
    await reader.until(({ rows }) => finalRows(rows).length > 0)
    expect(finalRows(reader.rows)).toMatchObject([{ value: 1, revision: 0 }])
  })
}

interface EmojiReport {
  readonly emoji: string
  readonly count: number
  readonly final: boolean
  readonly revision: number
}

function emojiReports({ frames }: LiveClient, emoji: string): EmojiReport[] {
  return frames.map(({ data }) => data as EmojiReport).filter((report) => report.emoji === emoji)
}
