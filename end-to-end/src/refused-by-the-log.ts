import { badRequests } from '@twofold/ingest/bad-requests.ts'

/** Bytes that no decoder may accept, and the topic that they are put into. */
export interface RefusedBytes {
  readonly topic: string
  readonly bytes: Uint8Array
}

/** The bodies that ingest refuses whatever the time, each once. */
export function refusedByTheLog(): RefusedBytes[] {
  const refused = new Map<string, RefusedBytes>()
  for (const { topic, body } of badRequests) {
    const bytes = Buffer.from(body)
    if (topic !== undefined) refused.set(`${topic} ${bytes.toString('base64')}`, { topic, bytes })
  }
  return [...refused.values()]
}
