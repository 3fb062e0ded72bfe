// Preloaded into a service: answers what the process uses when its parent asks. Needs --expose-gc.

export interface ProcessState {
  readonly cpuSeconds: number
  readonly rssBytes: number
  readonly heapBytes: number
  /** Buffers outside the heap. */
  readonly externalBytes: number
}

process.on('message', (message) => {
  if (message === 'state') process.send?.(readState())
})
// Being able to be asked must not keep a process that wants to end.
process.channel?.unref()
process.on('disconnect', () => process.kill(process.pid, 'SIGTERM'))

function readState(): ProcessState {
  const { user, system } = process.cpuUsage()
  globalThis.gc?.()
  const { rss, heapUsed, external } = process.memoryUsage()
  return { cpuSeconds: (user + system) / 1e6, rssBytes: rss, heapBytes: heapUsed, externalBytes: external }
}
