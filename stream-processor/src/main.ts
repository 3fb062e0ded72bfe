import { openCountersFor, openLiveLogFor, openRowsFor } from '@twofold/adapters/open-stores.ts'
import { events } from '@twofold/core/events/index.ts'
import { views } from '@twofold/core/views/index.ts'
import { keptForWindows } from '@twofold/runtime/live-retention.ts'
import { runService } from '@twofold/runtime/run-service.ts'
import { sliceSettingsOf } from '@twofold/runtime/settings.ts'
import { configSchema } from './config.ts'
import { startStreamProcessor } from './start-stream-processor.ts'

await runService({
  name: 'stream-processor',
  schema: configSchema.check(keptForWindows(views)),
  env: process.env,
  async start(context, config) {
    const log = await openLiveLogFor(context, config, events)
    const counters = await openCountersFor(context, config)
    const rows = await openRowsFor(context, config, events)
    return startStreamProcessor(context, { log, counters, rows, events, views, settings: sliceSettingsOf(config) }, config)
  },
})
