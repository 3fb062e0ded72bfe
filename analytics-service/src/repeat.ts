/** Does something again and again, `pauseMs` after it was done. It must not reject. Keeps no process alive. Answers how to end it. */
export function repeat(action: () => Promise<void>, pauseMs: number): () => void {
  let timer: NodeJS.Timeout | undefined
  const goOn = (): void => {
    timer = setTimeout(() => void action().then(() => timer && goOn()), pauseMs)
    timer.unref()
  }
  goOn()
  return () => {
    clearTimeout(timer)
    timer = undefined
  }
}
