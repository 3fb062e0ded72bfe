import { expect, it } from 'vitest'
import { finalRows } from './final-rows.ts'
import { listen } from './listen.ts'
import type { System } from './system.ts'
import { watchWindow } from './watch-window.ts'

export interface Replicas {
  readonly system: System
  /** An analytics-service that is killed. */
  readonly dies: string
  readonly stays: string
  /** Takes everything that `view-updates` holds out of the log, as if it had grown too old. */
  forgetUpdates(): Promise<void>
}

/** What two replicas of the analytics-service do for a client, whatever they run on. */
export function tellOfReplicas(replicas: () => Replicas): void {
  it('lets a client go on at the other one, and back, which misses nothing and sees nothing twice', async () => {
    const { system, dies, stays } = replicas()
    const window = await watchWindow(system, [dies, stays])
    await window.tap(3)
    await window.readerOf(dies).until(({ rows }) => rows.length > 0)
    await system.kill(dies)
    await window.tap(4)
    await window.readerOf(stays).until(({ rows }) => finalRows(rows).length > 0)
    await window.reopen(dies, stays)
    await window.isTold()
    await window.readerOf(dies).close()
    await window.tapLate()
    await system.start(dies)
    await window.reopen(dies)
    await window.isTold()
  })

  it('begins anew, once, with a place that the updates no longer go back to, and then tells the same as the other', async () => {
    const { system, dies, stays, forgetUpdates } = replicas()
    const url = `${system.urlOf(dies)}/views/likes/stream?key=nobody`
    const reader = await listen(url)
    await system.kill(dies)
    await forgetUpdates()
    await system.start(dies)
    for (const _ of [1, 2]) {
      await reader.open(url)
      expect(reader.frames.map(({ event }) => event)).toEqual(['snapshot', 'resync'])
      await reader.close()
    }
    const window = await watchWindow(system, [dies, stays])
    await window.tap(5)
    await window.isTold()
  })
}
