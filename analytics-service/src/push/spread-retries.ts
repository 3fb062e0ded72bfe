/** Shortest and longest pause, milliseconds: 3 s in the middle. */
const [shortestMs, longestMs] = [2000, 4000]

/** The fractional part of the golden ratio. */
const step = (Math.sqrt(5) - 1) / 2

/**
 * After how many milliseconds each next client is to come back when it loses its connection. When a process dies all of
 * its clients lose theirs at one moment: with the same pause for everybody they would all arrive together at those that
 * are left. Pauses lie evenly between 2 and 4 s instead, 3 s on average, however many clients there are: multiples of the
 * golden ratio, modulo 1, leave no gap and no cluster (additive recurrence,
 * https://en.wikipedia.org/wiki/Low-discrepancy_sequence#Additive_recurrence), so that no randomness is needed.
 */
export function spreadRetries(): () => number {
  let place = 0
  return () => {
    place = (place + step) % 1
    return Math.round(shortestMs + place * (longestMs - shortestMs))
  }
}
