import { createSeenIds } from '@twofold/core/slices/seen-ids.ts'
import { answer } from '../side.ts'
import { idAt } from '../workload.ts'

/** Heap that one remembered id costs, its text included. */
await answer(async ({ count }: { count: number }) => {
  const heapBytes = (): number => {
    globalThis.gc?.()
    return process.memoryUsage().heapUsed
  }
  const before = heapBytes()
  const seen = createSeenIds(1e9)
  // As a header is read: parsed, so that it is a text of its own.
  for (let number = 0; number < count; number++) {
    seen.isRepeat(JSON.parse(`"${idAt(number)}"`) as string, 1.7e12 + number)
  }
  return { bytesPerId: (heapBytes() - before) / seen.size }
})
