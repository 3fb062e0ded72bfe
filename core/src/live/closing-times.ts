/** Something that closes at a time, milliseconds; Infinity for never. */
export interface Closing {
  readonly until: number
}

/** Windows by the time at which they close. */
export interface ClosingTimes<Item extends Closing> {
  closesAt(item: Closing): number
  add(item: Item): void
  delete(item: Item): void
  /** What closes at a time or before, oldest first or not; it stays until it is deleted. */
  due(time: number): Item[]
}

/** Times are gathered by so many milliseconds, rounded up: ends of sessions may be anywhere. */
const gridMs = 250

export function createClosingTimes<Item extends Closing>(graceMs: number): ClosingTimes<Item> {
  const byTime = new Map<number, Set<Item>>()
  const closesAt = ({ until }: Closing): number => until + graceMs
  const gatheredAt = (item: Item): number => Math.ceil(closesAt(item) / gridMs) * gridMs
  return {
    closesAt,
    add(item) {
      const at = gatheredAt(item)
      if (at === Number.POSITIVE_INFINITY) return
      const others = byTime.get(at)
      if (others) others.add(item)
      else byTime.set(at, new Set([item]))
    },
    delete(item) {
      const at = gatheredAt(item)
      const others = byTime.get(at)
      others?.delete(item)
      if (others?.size === 0) byTime.delete(at)
    },
    due: (time) => [...byTime].flatMap(([at, items]) => (at <= time ? [...items] : [])),
  }
}
