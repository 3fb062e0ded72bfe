import { openEventLog } from '@twofold/adapters/open.ts'
import { events } from '@twofold/core/events/index.ts'
import { createDocsRouter } from '@twofold/runtime/openapi.ts'
import { runService } from '@twofold/runtime/run-service.ts'
import { topicSettingsOf } from '@twofold/runtime/settings.ts'
import { configSchema } from './config.ts'
import { createIngestPaths } from './openapi.ts'
import { startIngest } from './start-ingest.ts'

await runService({
  name: 'ingest',
  schema: configSchema,
  env: process.env,
  async start(context, config) {
    const surroundings = { now: context.clock.now, logger: context.logger }
    const log = await context.open('event log', () => openEventLog(config.EVENT_LOG_URL, surroundings))
    const topics = events.map(({ topic }) => topic)
    await context.retry(() => log.createTopics(topics, topicSettingsOf(config)))
    const routers = startIngest(context, { log, events }, config)
    const docs = { title: 'Twofold ingest', version: '1', fragments: [createIngestPaths(events)] }
    return [...routers, createDocsRouter(docs)]
  },
})
