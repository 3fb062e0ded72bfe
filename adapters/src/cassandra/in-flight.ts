export interface InFlight {
  /**
   * Runs a task for every item and resolves when all are done. After a failure no further item is begun, those that
   * run are awaited, and the first failure is thrown.
   */
  each<Item>(items: readonly Item[], run: (item: Item) => Promise<void>): Promise<void>
}

/** Bounds the tasks that run at one time, over all callers together. */
export function limitInFlight(limit: number): InFlight {
  let free = limit
  const waiting: (() => void)[] = []
  const acquire = async (): Promise<void> => {
    if (free > 0) free--
    else await new Promise<void>((resolve) => waiting.push(resolve))
  }
  const release = (): void => {
    const next = waiting.shift()
    if (next) next()
    else free++
  }

  const each: InFlight['each'] = async (items, run) => {
    const failures: unknown[] = []
    let next = 0
    const lane = async (): Promise<void> => {
      while (next < items.length && failures.length === 0) {
        await acquire()
        const at = next++
        if (at < items.length && failures.length === 0) {
          await run(items[at]!).catch((error: unknown) => failures.push(error))
        }
        release()
      }
    }
    await Promise.all(Array.from({ length: Math.min(limit, items.length) }, lane))
    if (failures.length > 0) throw failures[0]
  }
  return { each }
}
