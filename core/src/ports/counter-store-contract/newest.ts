import fc from 'fast-check'
import type { Cell } from '../counter-store.ts'

/** The plain model of the port: of all that was written, the one item per address whose rank is the highest. */
export function newestOf<Item>(
  items: readonly Item[],
  address: (item: Item) => string,
  rank: (item: Item) => readonly number[],
): Item[] {
  const newest = new Map<string, Item>()
  for (const item of items) {
    const known = newest.get(address(item))
    if (!known || isHigher(rank(item), rank(known))) newest.set(address(item), item)
  }
  return [...newest.values()]
}

export function newestCells(cells: readonly Cell[]): Cell[] {
  const address = (cell: Cell): string => JSON.stringify([cell.slice, cell.partition, cell.key, cell.stepMs, cell.from])
  return newestOf(cells, address, (cell) => [cell.offset])
}

/** A list of writes, and the same writes in another order. */
export function inTwoOrders<Item>(item: fc.Arbitrary<Item>, maxLength: number): fc.Arbitrary<[Item[], Item[]]> {
  return fc.array(item, { minLength: 1, maxLength }).chain((items) =>
    fc.tuple(fc.constant(items), fc.shuffledSubarray(items, { minLength: items.length })))
}

/** Compares number by number, the first one that differs decides. */
function isHigher(left: readonly number[], right: readonly number[]): boolean {
  const at = left.findIndex((value, i) => value !== right[i])
  return at >= 0 && left[at]! > right[at]!
}
