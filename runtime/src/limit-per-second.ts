/** Whether there may be one more within this second. `elapsed`: milliseconds since some moment; never steps. */
export function limitPerSecond(most: number, elapsed: () => number): () => boolean {
  let second = Number.NEGATIVE_INFINITY
  let taken = 0
  return () => {
    const now = Math.floor(elapsed() / 1000)
    if (now !== second) [second, taken] = [now, 0]
    taken += 1
    return taken <= most
  }
}
