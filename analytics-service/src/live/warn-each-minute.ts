const everyMs = 60_000

/** Passes on the first of what may be many faults, and then one a minute, with how many there were since. */
export function warnEachMinute(elapsed: () => number, warn: (fields: { readonly error: unknown; readonly times: number }) => void): (error: unknown) => void {
  let quietUntil = Number.NEGATIVE_INFINITY
  let times = 0
  return (error) => {
    times++
    if (elapsed() < quietUntil) return
    quietUntil = elapsed() + everyMs
    warn({ error, times })
    times = 0
  }
}
