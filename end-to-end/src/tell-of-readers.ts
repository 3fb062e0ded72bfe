import type { ViewAnswer } from '@twofold/analytics-service/answer-view.ts'
import { expect, it } from 'vitest'
import { until } from './client.ts'
import type { Teller } from './tale.ts'

export const tellOfReaders: Teller = (tale) => {
  it('gives a view out in pages of one run, each row once', async () => {
    const { client } = tale()
    const whole = await client.view('emoji-count', '?limit=10000')
    const paged = []
    for (let cursor = ''; ; ) {
      const { body } = await client.view('emoji-count', `?limit=2${cursor}`)
      paged.push(...body.rows)
      if (body.next === null) break
      cursor = `&cursor=${body.next}`
    }
    const places = (rows: ViewAnswer['rows']) => rows.map(({ key, from, value }) => [key, from, value])
    expect(places(paged)).toEqual(places(whole.body.rows))
  })

  it('answers 304 while nothing changed', async () => {
    const { client, system } = tale()
    const url = `${system.analyticsUrl}/views/longest-name`
    const { tag: last } = await until(
      async () => {
        const { headers } = await client.get(url)
        const tag = headers.get('etag')!
        return { tag, again: (await fetch(url, { headers: { 'if-none-match': tag } })).status }
      },
      ({ again }) => again === 304,
    )
    expect(last).toMatch(/^W\/"/)
  })

  it('says what is wrong with a question', async () => {
    const { client } = tale()
    expect(await client.view('no-such-view')).toMatchObject({ status: 404 })
    for (const query of ['?step=7s', '?limit=0', '?from=yesterday', '?cursor=x', '?nonsense=1', '?from=2&until=1']) {
      const { status, headers } = await client.view('emoji-count', query)
      expect([query, status]).toEqual([query, 422])
      expect(headers.get('content-type')).toContain('application/problem+json')
    }
  })

  it('describes itself', async () => {
    const { client, system } = tale()
    const { body } = await client.get<{ views: { view: string; complete: boolean }[] }>(`${system.analyticsUrl}/views`)
    expect(body.views.map(({ view }) => view)).toEqual(['user-count', 'longest-name', 'emoji-count', 'mood', 'likes'])
    for (const path of ['/openapi.json', '/healthz', '/readyz']) {
      expect((await fetch(`${system.analyticsUrl}${path}`)).status).toBe(200)
    }
    const { body: live } = await client.get<{ Count: number }>(`${system.processorUrl}/user/count`)
    expect(live.Count).toBe(4)
  })
}
