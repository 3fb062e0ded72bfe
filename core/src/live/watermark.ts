import type { Progress } from './updates.ts'

/** How far each partition of a view's topic is processed, as far as the updates tell. */
export interface Watermark {
  /** Takes in progress that concerns the view; answers whether the watermark moved. */
  advance(progress: Progress): boolean
  /** Event time before which everything was processed; -Infinity while a partition was never heard of. Milliseconds. */
  readonly time: number
  /** The next offset of each partition that was heard of. */
  readonly positions: ReadonlyMap<number, number>
}

/** `partitions`: how many the view's topic has. What a processor says that fell behind or was replaced moves nothing back. */
export function createWatermark(partitions: number): Watermark {
  const until = new Map<number, number>()
  const positions = new Map<number, number>()
  let time = Number.NEGATIVE_INFINITY
  return {
    advance({ processed }) {
      for (const each of processed) {
        until.set(each.partition, Math.max(until.get(each.partition) ?? 0, each.until))
        positions.set(each.partition, Math.max(positions.get(each.partition) ?? 0, each.nextOffset))
      }
      const before = time
      if (until.size >= partitions) time = Math.min(...until.values())
      return time > before
    },
    get time() {
      return time
    },
    positions,
  }
}
