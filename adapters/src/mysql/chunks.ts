/** Bounds of one INSERT; a character is at most 6 bytes when escaped, and a server takes 64 MB at once by default. */
export const insertBounds = { maxItems: 1000, maxWeight: 1_000_000 }

/** Cuts a list into pieces of at most `maxItems` that weigh at most `maxWeight`, or one item that weighs more. */
export function* chunksOf<Item>(
  items: readonly Item[],
  weightOf: (item: Item) => number,
  { maxItems, maxWeight }: { maxItems: number; maxWeight: number },
): Generator<readonly Item[]> {
  let from = 0
  let weight = 0
  for (const [at, item] of items.entries()) {
    const added = weightOf(item)
    if (at > from && (at - from === maxItems || weight + added > maxWeight)) {
      yield items.slice(from, at)
      from = at
      weight = 0
    }
    weight += added
  }
  if (from < items.length) yield items.slice(from)
}
