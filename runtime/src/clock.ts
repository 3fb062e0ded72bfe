/** Milliseconds since 1970, UTC. Everything but this package gets the time as an argument, so that tests own it. */
export interface Clock {
  now(): number
}

/** The machine's clock. It may step back: order comes from the log, never from here. */
export const systemClock: Clock = { now: () => Date.now() }
