import { openEventLog, openRowStore } from '@twofold/adapters/open.ts'
import { events } from '@twofold/core/events/index.ts'
import { rawTableOf } from '@twofold/core/events/raw-table.ts'
import { views } from '@twofold/core/views/index.ts'
import { runService } from '@twofold/runtime/run-service.ts'
import { sliceSettingsOf, topicSettingsOf } from '@twofold/runtime/settings.ts'
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
    const surroundings = { now: context.clock.now, logger: context.logger }
    const started = isJob ? limitStart(context, config.BATCH_START_TIMEOUT_MS) : undefined
    const log = await context.open('event log', () => openEventLog(config.EVENT_LOG_URL, surroundings))
    const topics = events.map(({ topic }) => topic)
    await context.retry(() => log.createTopics(topics, topicSettingsOf(config)))
    const rows = await context.open('row store', () => openRowStore(config.ROW_STORE_URL, events.map(rawTableOf), surroundings))
    started?.()
    const batch = startBatchProcessor(context, { log, rows, events, views, settings: sliceSettingsOf(config) }, config)
    if (isJob) await runAndExit(context, batch)
    else batch.runByCron()
    return []
  },
})
