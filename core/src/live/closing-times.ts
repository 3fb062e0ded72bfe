/** Things by the time at which something is to happen to them. Times are whole milliseconds; Infinity is never. */
export interface ClosingTimes<Item> {
  add(item: Item): void
  /** Call it before the item's time changes. */
  delete(item: Item): void
  /** What is due at a time or before, oldest first or not; it stays until it is deleted. */
  due(time: number): Item[]
}

export function createClosingTimes<Item>(timeOf: (item: Item) => number): ClosingTimes<Item> {
  const byTime = new Map<number, Set<Item>>()
  return {
    add(item) {
      const at = timeOf(item)
      if (at === Number.POSITIVE_INFINITY) return
      const others = byTime.get(at)
      if (others) others.add(item)
      else byTime.set(at, new Set([item]))
    },
    delete(item) {
      const at = timeOf(item)
      const others = byTime.get(at)
      others?.delete(item)
      if (others?.size === 0) byTime.delete(at)
    },
    due: (time) => [...byTime].flatMap(([at, items]) => (at <= time ? [...items] : [])),
  }
}
