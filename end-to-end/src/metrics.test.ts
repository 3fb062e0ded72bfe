import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createClient, until } from './client.ts'
import { startEmbedded, type System } from './system.ts'

/** What each figure must say once events came, runs were published and somebody listened. */
const expected: readonly (readonly [name: string, labels: string, isRight: (value: number) => boolean])[] = [
  ['http_request_duration_seconds_count', 'method="POST",route="/videos/:video_id/likes",status="202"', (value) => value === 5],
  ['ingest_events_total', 'topic="like",status="202"', (value) => value === 5],
  ['ingest_waiting_requests', '', (value) => value === 0],
  ['speed_lag_seconds', 'topic="like",partition="0"', (value) => value >= 0 && value < 60],
  ['speed_backlog_records', 'topic="like",partition="0"', (value) => value >= 0],
  ['raw_backlog_records', 'topic="like",partition="0"', (value) => value >= 0],
  ['speed_appended_at_seconds', 'topic="like",partition="0"', (value) => value > 1e9],
  ['speed_processed_until_seconds', 'topic="like",partition="0"', (value) => value > 1e9],
  ['speed_flush_seconds_count', 'topic="like"', (value) => value > 0],
  ['raw_flush_seconds_count', 'topic="like"', (value) => value > 0],
  ['speed_cells_total', 'topic="like"', (value) => value > 0],
  ['view_updates_total', 'topic="like"', (value) => value > 0],
  ['raw_rows_total', 'topic="like"', (value) => value === 5],
  ['dead_letters_total', 'topic="like"', (value) => value === 0],
  ['raw_late_repeats_total', 'topic="like"', (value) => value === 0],
  ['batch_run_seconds_count', 'outcome="published"', (value) => value > 0],
  ['batch_run_seconds_count', 'outcome="failed"', (value) => value === 0],
  ['batch_rows_read', '', (value) => value >= 5],
  ['boundary_age_seconds', 'view="likes"', (value) => value > 0 && value < 60],
  ['layer_drift_samples_total', 'view="likes"', (value) => value > 0],
  ['layer_drift_differing_samples', 'view="likes"', (value) => value === 0],
  ['stream_subscribers', '', (value) => value === 1],
  ['stream_frames_total', '', (value) => value > 0],
  ['publish_duration_seconds_count', 'view="likes"', (value) => value > 0],
  ['live_processed_until_seconds', 'view="likes"', (value) => value > 1e9],
  ['nodejs_eventloop_lag_p99_seconds', '', (value) => value >= 0],
]

describe('the figures of a running system', { timeout: 90_000 }, () => {
  let system: System
  const listening = new AbortController()
  beforeAll(async () => {
    system = await startEmbedded({ TRACE_RATIO: '0', PARTITIONS: '1' })
    const stream = await fetch(`${system.analyticsUrl}/views/likes/stream`, { signal: listening.signal })
    stream.text().catch(() => undefined)
    for (const video of ['a', 'b', 'c', 'd', 'a']) await createClient(system).post(`/videos/${video}/likes`, {})
  }, 60_000)
  afterAll(() => {
    listening.abort()
    return system?.close()
  })

  const scrape = async (): Promise<string[]> => (await (await fetch(`${system.analyticsUrl}/metrics`)).text()).split('\n')
  const valueOf = (lines: readonly string[], name: string, labels: string): number | undefined => {
    const isMeant = (line: string): boolean => line.startsWith(`${name}{`) && labels.split(',').every((label) => line.includes(label))
    const line = lines.find(isMeant)
    return line === undefined ? undefined : Number(line.slice(line.lastIndexOf(' ') + 1))
  }

  it.each(expected)('%s{%s} tells what happened', async (name, labels, isRight) => {
    const value = await until(async () => valueOf(await scrape(), name, labels) ?? null, (found) => found !== null && isRight(found), 40_000)
    expect(value).not.toBeNull()
  })
})
