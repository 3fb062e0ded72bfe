export interface Repetition {
  /** Resolves when the task doesn't run any more. */
  stop(): Promise<void>
}

/**
 * Runs a task again and again, each time some milliseconds after it ended. A failure is left to the callers who need
 * the same store: they are told. Doesn't keep the process alive.
 */
export function repeatEvery(pauseMs: number, task: () => Promise<void> | undefined): Repetition {
  let stopped = false
  let running: Promise<void> | undefined
  let timer: NodeJS.Timeout
  const run = async (): Promise<void> => {
    try {
      await task()
    } catch {
      // Tried again after the next pause.
    }
    if (!stopped) schedule()
  }
  const schedule = (): void => {
    timer = setTimeout(() => {
      running = run()
    }, pauseMs).unref()
  }
  schedule()
  const stop = async (): Promise<void> => {
    stopped = true
    clearTimeout(timer)
    await running
  }
  return { stop }
}
