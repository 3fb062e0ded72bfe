/** Whether the stores could be read when it was tried last. */
export interface StoreHealth {
  readonly areDown: boolean
  /** Whether it is too early to try again. */
  readonly isPaused: boolean
  /** How a read ended: undefined where it succeeded. */
  hear(failure: unknown): void
}

export interface StoreHealthOptions {
  /** Called at the first failure, and not again before something was read. */
  readonly onWait: (error: unknown) => void
  /** Milliseconds since some moment. */
  readonly elapsed: () => number
}

const pauseMs = 1000

export function hearOfStores({ onWait, elapsed }: StoreHealthOptions): StoreHealth {
  let areDown = false
  let pausedUntil = Number.NEGATIVE_INFINITY
  return {
    get areDown() {
      return areDown
    },
    get isPaused() {
      return elapsed() < pausedUntil
    },
    hear(failure) {
      if (failure !== undefined && !areDown) onWait(failure)
      areDown = failure !== undefined
      if (areDown) pausedUntil = elapsed() + pauseMs
    },
  }
}
