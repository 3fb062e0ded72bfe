import { openEventLog, openRowStore } from '@twofold/adapters/open.ts'
import { events } from '@twofold/core/events/index.ts'
import { rawTableOf } from '@twofold/core/events/raw-table.ts'
import { runService } from '@twofold/runtime/run-service.ts'
import { sliceSettingsOf, topicSettingsOf } from '@twofold/runtime/settings.ts'
import { configSchema } from './config.ts'
import { startTransactionalService } from './start-transactional-service.ts'

await runService({
  name: 'transactional-service',
  schema: configSchema,
  env: process.env,
  async start(context, config) {
    const surroundings = { now: context.clock.now, logger: context.logger }
    const log = await context.open('event log', () => openEventLog(config.EVENT_LOG_URL, surroundings))
    const topics = events.map(({ topic }) => topic)
    await context.retry(() => log.createTopics(topics, topicSettingsOf(config)))
    const rows = await context.open('row store', () => openRowStore(config.ROW_STORE_URL, events.map(rawTableOf), surroundings))
    return startTransactionalService(context, { log, rows, events, settings: sliceSettingsOf(config) })
  },
})
