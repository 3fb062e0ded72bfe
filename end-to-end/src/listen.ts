import { onTestFinished } from 'vitest'
import { createLiveClient, type LiveClient } from './live-client.ts'

/** A reader of a stream, until its test ends. */
export async function listen(url: string, lastEventId?: string): Promise<LiveClient> {
  const client = createLiveClient()
  onTestFinished(client.close)
  await client.open(url, lastEventId)
  return client
}
