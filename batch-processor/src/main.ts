import { openLogFor, openRowsFor } from '@twofold/adapters/open-stores.ts'
import { events } from '@twofold/core/events/index.ts'
import { views } from '@twofold/core/views/index.ts'
import { runService } from '@twofold/runtime/run-service.ts'
import { sliceSettingsOf } from '@twofold/runtime/settings.ts'
import { configSchema } from './config.ts'
import { limitStart, runAndExit } from './run-and-exit.ts'
import { startBatchProcessor } from './start-batch-processor.ts'

const isJob = process.argv.includes('--once')

await runService({
  name: 'batch-processor',
  schema: configSchema,
  env: process.env,
  isJob,
  async start(context, config) {
    const started = isJob ? limitStart(context, config.BATCH_START_TIMEOUT_MS) : undefined
    const log = await openLogFor(context, config, events)
    const rows = await openRowsFor(context, config, events)
    started?.()
    const batch = startBatchProcessor(context, { log, rows, events, views, settings: sliceSettingsOf(config) }, config)
    if (isJob) await runAndExit(context, batch)
    else batch.runByCron()
    return []
  },
})
