import { openEventLog } from '@twofold/adapters/open.ts'
import { events } from '@twofold/core/events/index.ts'
import { uuidv7 } from '@twofold/runtime/ids.ts'
import { createDocsRouter } from '@twofold/runtime/openapi.ts'
import { runService } from '@twofold/runtime/run-service.ts'
import { topicSettingsOf } from '@twofold/runtime/settings.ts'
import { configSchema } from './config.ts'
import { createIngest } from './create-ingest.ts'
import { createIngestPaths } from './openapi.ts'

await runService({
  name: 'ingest',
  schema: configSchema,
  env: process.env,
  async start({ clock, logger, metrics, open, retry }, config) {
    const log = await open('event log', () => openEventLog(config.EVENT_LOG_URL, { now: clock.now, logger }))
    await retry(() => log.createTopics(events.map(({ topic }) => topic), topicSettingsOf(config)))
    const { APPEND_TIMEOUT_MS: appendTimeoutMs, MAX_WAITING: maxWaiting } = config
    const { router } = createIngest({ log, events, clock, newId: uuidv7(clock), metrics, appendTimeoutMs, maxWaiting })
    const docs = createDocsRouter({ title: 'Twofold ingest', version: '1', fragments: [createIngestPaths(events)] })
    return [router, { path: '/ingress', router }, docs]
  },
})
