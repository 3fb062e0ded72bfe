import { openCounterStore, openEventLog, openRowStore } from '@twofold/adapters/open.ts'
import { events } from '@twofold/core/events/index.ts'
import { rawTableOf } from '@twofold/core/events/raw-table.ts'
import { views } from '@twofold/core/views/index.ts'
import { runService } from '@twofold/runtime/run-service.ts'
import { sliceSettingsOf, topicSettingsOf } from '@twofold/runtime/settings.ts'
import { configSchema } from './config.ts'
import { startStreamProcessor } from './start-stream-processor.ts'

await runService({
  name: 'stream-processor',
  schema: configSchema,
  env: process.env,
  async start(context, config) {
    const surroundings = { now: context.clock.now, logger: context.logger }
    const log = await context.open('event log', () => openEventLog(config.EVENT_LOG_URL, surroundings))
    const topics = events.map(({ topic }) => topic)
    await context.retry(() => log.createTopics(topics, topicSettingsOf(config)))
    const counters = await context.open('counter store', () => openCounterStore(config.COUNTER_STORE_URL, config.CELL_TTL_MS, surroundings))
    const rows = await context.open('row store', () => openRowStore(config.ROW_STORE_URL, events.map(rawTableOf), surroundings))
    return startStreamProcessor(context, { log, counters, rows, events, views, settings: sliceSettingsOf(config) }, config)
  },
})
