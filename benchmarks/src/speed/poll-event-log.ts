import type { StoreUrls } from '@twofold/end-to-end/system.ts'
import { answer, measure } from '../side.ts'
import { openLog } from '../stores.ts'
import type { ReactionPayload } from '../workload.ts'

export interface PollOptions {
  readonly urls: StoreUrls
  readonly topic: string
  readonly nonce: string
  readonly events: number
}

/** The least that a reader of our log can do: take, parse the JSON, count. */
await answer(async ({ urls, topic, events }: PollOptions) => {
  const log = await openLog(urls)
  const decoder = new TextDecoder()
  const counts = new Map<string, number>()
  const { promise, resolve } = Promise.withResolvers<void>()
  let count = 0
  return measure(async () => {
    await log.subscribe('bench-poll', [topic], {
      open: async () => 0,
      async take(_, records) {
        for (const { value } of records) {
          const { emoji } = JSON.parse(decoder.decode(value ?? undefined)) as ReactionPayload
          counts.set(emoji, (counts.get(emoji) ?? 0) + 1)
        }
        count += records.length
        if (count >= events) resolve()
      },
      release: async () => undefined,
    })
    await promise
    return count
  })
})
