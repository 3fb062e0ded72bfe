import { expect, it } from 'vitest'
import { finalRows } from './final-rows.ts'
import { listen } from './listen.ts'
import type { Teller } from './tale.ts'

export const tellOfPlaces: Teller = (tale) => {
  it('go on where a reader left, with what it missed and nothing else', async () => {
    const { client, system } = tale()
    const url = `${system.analyticsUrl}/views/emoji-count/stream?key=🪁`
    const [stays, leaves] = [await listen(url), await listen(url)]
    const tap = () => client.post('/reaction', { user_id: 1, emoji: '🪁' })
    await tap()
    await Promise.all([stays, leaves].map((reader) => reader.until(({ rows }) => rows.length > 0)))
    await leaves.close()
    await stays.until(({ rows }) => finalRows(rows).length === 1)
    await tap()
    await stays.until(({ rows }) => finalRows(rows).length === 2)
    await leaves.open(url)
    await leaves.until(({ rows }) => finalRows(rows).length >= 2)
    expect(finalRows(leaves.rows)).toEqual(finalRows(stays.rows))
    expect(leaves.frames.filter(({ event }) => event === 'snapshot' || event === 'resync')).toHaveLength(1)
  })

  it('begin anew, once, for a place that nobody handed out', async () => {
    const { client, system } = tale()
    const url = `${system.analyticsUrl}/views/emoji-count/stream?key=🪀`
    await client.post('/reaction', { user_id: 1, emoji: '🪀' })
    const other = await listen(url)
    await other.until(({ rows }) => finalRows(rows).length > 0)
    const places = ['x', '0', '0.0.0.0', `${other.lastEventId}x`, `1.${other.lastEventId}`, '-', 'NaN.NaN.NaN.NaN-0']
    await Promise.all(places.map(async (place) => {
      const reader = await listen(url, place)
      expect([place, reader.frames]).toMatchObject([place, [{ event: 'resync', data: { rows: [{ value: 1, final: true }] } }]])
      await reader.close()
      await reader.open(url)
      expect(reader.frames).toHaveLength(1)
    }))
  })
}
