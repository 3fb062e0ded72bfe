import { openCounterStore, openEventLog, openRowStore } from '@twofold/adapters/open.ts'
import { events } from '@twofold/core/events/index.ts'
import { rawTableOf } from '@twofold/core/events/raw-table.ts'
import { views } from '@twofold/core/views/index.ts'
import { createDocsRouter } from '@twofold/runtime/openapi.ts'
import { runService } from '@twofold/runtime/run-service.ts'
import { sliceSettingsOf, topicSettingsOf } from '@twofold/runtime/settings.ts'
import { configSchema } from './config.ts'
import { createAnalyticsPaths } from './openapi.ts'
import { startAnalytics } from './start-analytics.ts'

await runService({
  name: 'analytics-service',
  schema: configSchema,
  env: process.env,
  async start(context, config) {
    const surroundings = { now: context.clock.now, logger: context.logger }
    const log = await context.open('event log', () => openEventLog(config.EVENT_LOG_URL, surroundings))
    const topics = events.map(({ topic }) => topic)
    await context.retry(() => log.createTopics(topics, topicSettingsOf(config)))
    const counters = await context.open('counter store', () => openCounterStore(config.COUNTER_STORE_URL, config.CELL_TTL_MS, surroundings))
    const rows = await context.open('row store', () => openRowStore(config.ROW_STORE_URL, events.map(rawTableOf), surroundings))
    const routers = await startAnalytics(context, { log, counters, rows, views, settings: sliceSettingsOf(config) }, config)
    return [...routers, createDocsRouter({ title: 'Twofold analytics', version: '1', fragments: [createAnalyticsPaths(views)] })]
  },
})
