import fc from 'fast-check'
import { expect } from 'vitest'
import type { ViewPosition } from '../counter-store.ts'
import { type Clause, firstSlice, nextSlice, sorted } from './bench.ts'
import { inTwoOrders, newestOf } from './newest.ts'

const positionWrites = inTwoOrders(fc.tuple(fc.nat(6), fc.constantFrom(0, firstSlice, nextSlice)), 12)

export const positions: Readonly<Record<string, Clause>> = {
  'keeps one position per view, version and partition': async ({ store, newView }) => {
    const { position, view } = newView()
    const others = [{ partition: 0, since: null }, { version: '2', appendedAt: 0, nextOffset: 0 }]
    const written = [position(), ...others.map(position)]
    await store.writePositions(written)
    expect(sorted(await store.readPositions(view, '1'))).toEqual(sorted(written.slice(0, 2)))
    expect(await store.readPositions(view, '2')).toEqual(written.slice(2))
  },

  'keeps the position with the highest offset whole, whatever the order of writes': async ({ store, newView }) => {
    const converges = fc.asyncProperty(positionWrites, async ([writes, shuffled]) => {
      const { position, view } = newView()
      const made = (order: typeof writes): ViewPosition[] => order.map(([nextOffset, slice]) =>
        position({ nextOffset, firstSlice: slice, since: slice + 7, appendedAt: slice + nextOffset }))
      await Promise.all([made(writes), made(shuffled)].map(async (order) => {
        for (const one of order) await store.writePositions([one])
      }))
      await store.writePositions(made(shuffled))
      const newest = newestOf(made(writes), () => '', (one) => [one.nextOffset, one.firstSlice])
      expect(await store.readPositions(view, '1')).toEqual(newest)
    })
    await fc.assert(converges, { numRuns: 12 })
  },

  'of two positions with one offset keeps the one with the later first slice whole': async ({ store, newView }) => {
    const early = { firstSlice, since: null, appendedAt: nextSlice + 9 }
    const late = { firstSlice: nextSlice, since: nextSlice, appendedAt: nextSlice }
    for (const order of [[early, late], [late, early]]) {
      const { position, view } = newView()
      for (const changes of order) await store.writePositions([position(changes)])
      expect(await store.readPositions(view, '1')).toEqual([position(late)])
    }
  },
}
