import type { AnyEventType } from '@twofold/core/events/event.ts'
import { rawTableOf } from '@twofold/core/events/raw-table.ts'
import { updatesTopic } from '@twofold/core/live/updates.ts'
import type { CounterStore } from '@twofold/core/ports/counter-store.ts'
import type { EventLog } from '@twofold/core/ports/event-log.ts'
import type { RowStore } from '@twofold/core/ports/row-store.ts'
import { openCounterStore, openEventLog, openRowStore, type Surroundings } from './open.ts'
import { readSecurity, type SecurityConfig } from './store-security.ts'

/** The process that stores are opened for: it waits for them, watches them and closes them. */
export interface StoreHolder {
  readonly clock: { now(): number }
  readonly logger: Surroundings['logger']
  open<Store extends { ping(): Promise<void>; close(): Promise<void> }>(name: string, open: () => Promise<Store>): Promise<Store>
  retry<Result>(action: () => Promise<Result>): Promise<Result>
}

type Events = readonly AnyEventType[]

interface LogConfig extends SecurityConfig<'EVENT_LOG'> {
  readonly EVENT_LOG_URL: string
  readonly PARTITIONS: number
  readonly LOG_RETENTION_MS: number
}

/** Opens the event log and makes the topics that are missing: whichever process comes first does. */
export async function openLogFor(holder: StoreHolder, config: LogConfig, events: Events): Promise<EventLog> {
  const log = await holder.open('event log', () => openEventLog(config.EVENT_LOG_URL, surroundingsOf(holder), readSecurity('EVENT_LOG', config)))
  const settings = { partitions: config.PARTITIONS, retentionMs: config.LOG_RETENTION_MS }
  const topics = events.map(({ topic }) => topic)
  await holder.retry(() => log.createTopics(topics, settings))
  return log
}

/** For the processes that publish live results or read them: with the topic of their updates. */
export async function openLiveLogFor(holder: StoreHolder, config: LogConfig & { readonly LIVE_RETENTION_MS: number }, events: Events): Promise<EventLog> {
  const log = await openLogFor(holder, config, events)
  const settings = { partitions: config.PARTITIONS, retentionMs: config.LIVE_RETENTION_MS }
  await holder.retry(() => log.createTopics([updatesTopic], settings))
  return log
}

interface CounterConfig extends SecurityConfig<'COUNTER_STORE'> {
  readonly COUNTER_STORE_URL: string
  readonly CELL_TTL_MS: number
}

export async function openCountersFor(holder: StoreHolder, config: CounterConfig): Promise<CounterStore> {
  const { COUNTER_STORE_URL: url, CELL_TTL_MS: cellTtlMs } = config
  return holder.open('counter store', () => openCounterStore(url, cellTtlMs, surroundingsOf(holder), readSecurity('COUNTER_STORE', config)))
}

interface RowConfig extends SecurityConfig<'ROW_STORE'> {
  readonly ROW_STORE_URL: string
}

/** Opens the row store with a raw table for each event type. */
export async function openRowsFor(holder: StoreHolder, config: RowConfig, events: Events): Promise<RowStore> {
  const tables = events.map(rawTableOf)
  return holder.open('row store', () => openRowStore(config.ROW_STORE_URL, tables, surroundingsOf(holder), readSecurity('ROW_STORE', config)))
}

function surroundingsOf({ clock, logger }: StoreHolder): Surroundings {
  return { now: () => clock.now(), logger }
}
