/** Rejects when something takes longer than it may: nobody waits for it any more then. */
export async function inTime<Result>(running: Promise<Result>, timeoutMs: number, what: string): Promise<Result> {
  const { promise, reject } = Promise.withResolvers<never>()
  const timer = setTimeout(() => reject(new Error(`${what} took longer than ${timeoutMs} ms`)), timeoutMs)
  try {
    return await Promise.race([running, promise])
  } finally {
    clearTimeout(timer)
  }
}
