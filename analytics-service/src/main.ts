import { openCountersFor, openLiveLogFor, openRowsFor } from '@twofold/adapters/open-stores.ts'
import { events } from '@twofold/core/events/index.ts'
import { views } from '@twofold/core/views/index.ts'
import { createDocsRouter } from '@twofold/runtime/openapi.ts'
import { keptForWindows } from '@twofold/runtime/live-retention.ts'
import { runService } from '@twofold/runtime/run-service.ts'
import { sliceSettingsOf } from '@twofold/runtime/settings.ts'
import { configSchema } from './config.ts'
import { createAnalyticsPaths } from './openapi.ts'
import { readablePaths } from './push/start-push.ts'
import { socketPaths } from './push/start-socket-reports.ts'
import { startAnalytics } from './start-analytics.ts'

await runService({
  name: 'analytics-service',
  schema: configSchema.check(keptForWindows(views)),
  env: process.env,
  openPaths: socketPaths,
  readablePaths,
  async start(context, config) {
    const log = await openLiveLogFor(context, config, events)
    const counters = await openCountersFor(context, config)
    const rows = await openRowsFor(context, config, events)
    const routers = await startAnalytics(context, { log, counters, rows, views, settings: sliceSettingsOf(config) }, config)
    return [...routers, createDocsRouter({ title: 'Twofold analytics', version: '1', fragments: [createAnalyticsPaths(views)] })]
  },
})
