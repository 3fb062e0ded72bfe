import { openLogFor, openRowsFor } from '@twofold/adapters/open-stores.ts'
import { events } from '@twofold/core/events/index.ts'
import { runService } from '@twofold/runtime/run-service.ts'
import { sliceSettingsOf } from '@twofold/runtime/settings.ts'
import { configSchema } from './config.ts'
import { startTransactionalService } from './start-transactional-service.ts'

await runService({
  name: 'transactional-service',
  schema: configSchema,
  env: process.env,
  async start(context, config) {
    const log = await openLogFor(context, config, events)
    const rows = await openRowsFor(context, config, events)
    return startTransactionalService(context, { log, rows, events, settings: sliceSettingsOf(config) })
  },
})
