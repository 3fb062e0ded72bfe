/** Milliseconds since 1970, UTC. Everything but this package gets the time as an argument, so that tests own it. */
export interface Clock {
  now(): number
}

/** A clock that can measure durations too: `elapsed`, in milliseconds since some moment, never steps. */
export interface MonotonicClock extends Clock {
  elapsed(): number
}

/** The machine's clock. It may step back: order comes from the log, never from here. */
export const systemClock: MonotonicClock = { now: () => Date.now(), elapsed: () => performance.now() }
