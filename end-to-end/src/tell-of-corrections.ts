import { events } from '@twofold/core/events/index.ts'
import { naiveViews } from '@twofold/verification/naive-counts.ts'
import { verify } from '@twofold/verification/verify.ts'
import { expect, it } from 'vitest'
import { until } from './client.ts'
import { listen } from './listen.ts'
import { passed } from './passed.ts'
import type { Tale, Teller } from './tale.ts'

export const tellOfCorrections: Teller = (tale) => {
  it('are pushed at once when a late event comes, stand in the answer and in the list, and the next run agrees', async () => {
    const { client, system } = tale()
    const reader = await listen(`${system.analyticsUrl}/views/emoji-count/stream?key=🪂`)
    const timestamp = Date.now()
    const tap = () => client.post('/reaction', { user_id: 1, emoji: '🪂', timestamp })
    await tap()
    await reader.until(({ rows }) => rows.some(({ final }) => final))
    const before = reader.frames.length
    await tap()
    const answer = () => client.view('emoji-count', '?key=🪂')
    const corrected = { key: '🪂', from: reader.rows[0]!.from, until: reader.rows[0]!.until, value: 2, final: true, revision: 1 }
    const late = await until(answer, ({ body }) => body.rows[0]?.value === 2 && body.rows[0].revision === 1)
    expect(late.body.rows).toEqual([corrected])
    await reader.until(({ frames }) => frames.length > before)
    expect(reader.frames.slice(before)).toMatchObject([{ event: 'correction', data: { rows: [{ ...corrected, previous: 1 }] } }])
    expect(await correctionsOf(tale(), 'emoji-count', '?key=🪂')).toMatchObject([{ key: '🪂', window: '2s', from: corrected.from, revision: 1, previous: 1, value: 2 }])
    const held = await until(answer, ({ body }) => passed(body, late.body.asOf.appendedAt, 1000))
    expect(held.body.rows).toEqual([corrected])
  })

  it('concern each window that holds the event, one revision after the other', async () => {
    const { client, system } = tale()
    const lengths = ['1m', '5m', '10m']
    const readers = await Promise.all(lengths.map((window) => listen(`${system.analyticsUrl}/views/likes/stream?rooms=rerun&window=${window}`)))
    const timestamp = new Date(Math.floor(Date.now() / 600_000) * 600_000 - 1_200_000).toISOString()
    for (const value of [1, 2]) {
      await client.post('/videos/rerun/likes', { timestamp })
      await Promise.all(readers.map((reader) => reader.until(({ rows }) => rows.length === value)))
    }
    for (const { rows } of readers) {
      const told = { event: 'correction', key: 'rerun', from: timestamp, final: true }
      expect(rows).toMatchObject([{ ...told, value: 1, previous: 0, revision: 1 }, { ...told, value: 2, previous: 1, revision: 2 }])
    }
    const listed = await correctionsOf(tale(), 'likes', '?key=rerun')
    expect(listed.map(({ window, revision }) => `${window} ${revision}`).sort()).toEqual(lengths.flatMap((window) => [`${window} 1`, `${window} 2`]).sort())
    for (const step of lengths) {
      expect((await client.view('likes', `?key=rerun&step=${step}`)).body.rows).toMatchObject([{ from: timestamp, value: 2, final: true, revision: 2 }])
    }
  })

  it('leave no difference between what is answered and the raw rows', async () => {
    const { system } = tale()
    const { log, rows } = await system.openStores()
    const { text, differenceCount } = await verify({ log, rows, apiUrl: system.analyticsUrl, naiveViews, events })
    expect(differenceCount, text).toBe(0)
    expect(text).toContain('0 differences')
  })
}

interface ListedCorrection {
  readonly window: string
  readonly revision: number
}

async function correctionsOf({ client, system }: Tale, view: string, query: string): Promise<ListedCorrection[]> {
  const { body } = await client.get<{ corrections: ListedCorrection[] }>(`${system.analyticsUrl}/views/${view}/corrections${query}`)
  return body.corrections
}
