import { expect } from 'vitest'
import { type Clause, hourMs, nextSlice, range } from './bench.ts'

export const life: Readonly<Record<string, Clause>> = {
  'forgets cells a while after their last write, and positions never': async ({ open, newView }) => {
    const { store, wait, close } = await open(2000)
    const { cell, position, all, view } = newView()
    /** A store may count in whole seconds; it may not keep cells much longer. */
    const waitUntil = async (happened: () => Promise<boolean>): Promise<void> => {
      for (let waitedMs = 0; !(await happened()); waitedMs += 100) {
        expect(waitedMs).toBeLessThan(5000)
        await wait(100)
      }
    }
    const keysLeft = async (): Promise<string> => (await store.readCells(all)).map(({ key }) => key).sort().join()
    await store.writeCells(['left', 'repeated', 'updated'].map((key) => cell({ key })))
    await store.writePositions([position()])
    await wait(1500)
    expect(await keysLeft()).toBe('left,repeated,updated')
    await store.writeCells([cell({ key: 'updated', offset: 2 }), cell({ key: 'repeated' })])
    await waitUntil(async () => !(await keysLeft()).includes('left'))
    // A write may tidy up what expired, and must leave alone what was renewed.
    await store.writeCells([cell({ key: 'elsewhere', slice: nextSlice })])
    expect(await keysLeft()).toBe('elsewhere,repeated,updated')
    await waitUntil(async () => (await keysLeft()) === '')
    expect(await store.readPositions(view, '1')).toEqual([position()])
    await store.close()
    await close()
  },

  'answers a ping': async ({ store }) => {
    await expect(store.ping()).resolves.toBeUndefined()
  },

  'finishes what was called before close, and refuses what comes later': async ({ open, newView, read }) => {
    const { store, close } = await open(hourMs)
    const { cell, position, all, view } = newView()
    const written = store.writeCells(range(500).map((i) => cell({ key: `k${i}` })))
    await Promise.all([store.close(), store.close(), written])
    const later = [
      () => store.writeCells([cell()]),
      () => store.readCells(all),
      () => store.writePositions([position()]),
      () => store.readPositions(view, '1'),
      () => store.ping(),
    ]
    for (const call of later) await expect(call()).rejects.toMatchObject({ code: 'CLOSED' })
    await close()
    // Another store is not touched by it.
    expect(await read(newView().all)).toEqual([])
  },
}
