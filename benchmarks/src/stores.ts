import { openCounterStore, openEventLog, openRowStore } from '@twofold/adapters/open.ts'
import type { AnyEventType } from '@twofold/core/events/event.ts'
import { rawTableOf } from '@twofold/core/events/raw-table.ts'
import type { CounterStore } from '@twofold/core/ports/counter-store.ts'
import type { EventLog } from '@twofold/core/ports/event-log.ts'
import type { RowStore } from '@twofold/core/ports/row-store.ts'
import type { StoreUrls } from '@twofold/end-to-end/system.ts'
import { silentLogger } from '@twofold/runtime/logger.ts'

const surroundings = { now: () => Date.now(), logger: silentLogger }

export const openLog = (urls: StoreUrls, now = surroundings.now): Promise<EventLog> =>
  openEventLog(urls.EVENT_LOG_URL, { ...surroundings, now })

export const openCounters = (urls: StoreUrls): Promise<CounterStore> =>
  openCounterStore(urls.COUNTER_STORE_URL, 86_400_000, surroundings)

export const openRows = (urls: StoreUrls, events: readonly AnyEventType[]): Promise<RowStore> =>
  openRowStore(urls.ROW_STORE_URL, events.map(rawTableOf), surroundings)
