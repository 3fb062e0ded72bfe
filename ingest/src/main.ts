import { openLogFor } from '@twofold/adapters/open-stores.ts'
import { events } from '@twofold/core/events/index.ts'
import { createDocsRouter } from '@twofold/runtime/openapi.ts'
import { runService } from '@twofold/runtime/run-service.ts'
import { configSchema } from './config.ts'
import { createIngestPaths } from './openapi.ts'
import { startIngest } from './start-ingest.ts'

await runService({
  name: 'ingest',
  schema: configSchema,
  env: process.env,
  async start(context, config) {
    const log = await openLogFor(context, config, events)
    const routers = startIngest(context, { log, events }, config)
    return [...routers, createDocsRouter({ title: 'Twofold ingest', version: '1', fragments: [createIngestPaths(events)] })]
  },
})
