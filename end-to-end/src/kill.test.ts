import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createClient, until } from './client.ts'
import { startEmbedded, type System } from './system.ts'

describe('the embedded set, killed and started again', { timeout: 60_000 }, () => {
  let system: System
  beforeAll(async () => {
    system = await startEmbedded()
  }, 60_000)
  afterAll(() => system?.close())

  it('gives the same answers, and keeps every acknowledged event', async () => {
    const client = createClient(system)
    await client.post('/user', { id: '1', name: 'Ada' })
    const total = () => client.view('emoji-count', '?step=all&key=😀')
    const posted = await Promise.all(Array.from({ length: 200 }, () => client.post('/reaction', { user_id: 1, emoji: '😀' })))
    expect(posted.every(({ status }) => status === 202)).toBe(true)
    await system.kill('twofold')
    await system.start('twofold')
    await until(total, ({ body }) => body.complete && body.rows[0]?.value === 200)
    const { body: analytics } = await client.analytics()
    expect(analytics.longestNameUser).toEqual({ id: '1', name: 'Ada' })
    await system.kill('twofold')
    await system.start('twofold')
    expect((await until(() => client.analytics(), (answer) => answer.headers.get('Twofold-Complete') === 'true')).body).toEqual(analytics)
    expect((await total()).body.rows[0]?.value).toBe(200)
  })

  it('stops in order on SIGTERM and exits with 0', async () => {
    expect(await system.process('twofold').end('SIGTERM')).toBe(0)
    await system.start('twofold')
  })
})
