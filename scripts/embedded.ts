import { openCountersFor, openLiveLogFor, openRowsFor } from '@twofold/adapters/open-stores.ts'
import { startAnalytics } from '@twofold/analytics-service/start-analytics.ts'
import { createAnalyticsPaths } from '@twofold/analytics-service/openapi.ts'
import { readablePaths } from '@twofold/analytics-service/push/start-push.ts'
import { socketPaths } from '@twofold/analytics-service/push/start-socket-reports.ts'
import { pushFields, servingFields } from '@twofold/analytics-service/config.ts'
import { batchFields } from '@twofold/batch-processor/config.ts'
import { startBatchProcessor } from '@twofold/batch-processor/start-batch-processor.ts'
import type { AnyEventType } from '@twofold/core/events/event.ts'
import type { View } from '@twofold/core/views/view.ts'
import { ingestFields } from '@twofold/ingest/config.ts'
import { createIngestPaths } from '@twofold/ingest/openapi.ts'
import { startIngest } from '@twofold/ingest/start-ingest.ts'
import { keptPastBoundary } from '@twofold/runtime/boundary-age.ts'
import { keptForWindows } from '@twofold/runtime/live-retention.ts'
import { createDocsRouter } from '@twofold/runtime/openapi.ts'
import type { Environment } from '@twofold/runtime/environment.ts'
import { runService, type ServiceContext } from '@twofold/runtime/run-service.ts'
import * as fields from '@twofold/runtime/settings.ts'
import { speedFields } from '@twofold/stream-processor/config.ts'
import { startStreamProcessor } from '@twofold/stream-processor/start-stream-processor.ts'
import { startTransactionalService } from '@twofold/transactional-service/start-transactional-service.ts'
import type { Router } from 'express'
import { z } from 'zod'
import { prefixOf } from './services.ts'

/** The settings of all services together. */
const schema = z
  .object({
    ...fields.httpFields,
    ...fields.levelFields,
    ...fields.sliceFields,
    ...fields.logFields,
    ...fields.counterFields,
    ...fields.rowFields,
    ...fields.boundaryFields,
    ...fields.liveFields,
    ...ingestFields,
    ...speedFields,
    ...batchFields,
    ...servingFields,
    ...pushFields,
  })
  .check(keptPastBoundary)

export interface EmbeddedStack {
  readonly events: readonly AnyEventType[]
  readonly views: readonly View[]
  readonly env: Environment
  readonly onListening: (url: string) => void
}

/** Every service in one process on one port. With its default URLs this is the embedded set: SQLite files in DATA_DIR. */
export async function runEmbedded({ events, views, env, onListening }: EmbeddedStack): Promise<void> {
  const checked = schema.check(keptForWindows(views))
  const ofAnalytics = (paths: readonly string[]): string[] => paths.flatMap((path) => [path, `${prefixOf('analytics-service')}${path}`])
  await runService({
    name: 'twofold',
    schema: checked,
    env,
    onListening,
    openPaths: ofAnalytics(socketPaths),
    readablePaths: ofAnalytics(readablePaths),
    start: (context, config) => startAll(context, config, events, views),
  })
}

async function startAll(
  context: ServiceContext,
  config: z.output<typeof schema>,
  events: readonly AnyEventType[],
  views: readonly View[],
): Promise<(Router | { path: string; router: Router })[]> {
  const settings = fields.sliceSettingsOf(config)
  const log = await openLiveLogFor(context, config, events)
  const counters = await openCountersFor(context, config)
  const rows = await openRowsFor(context, config, events)

  await startTransactionalService(context, { log, rows, events, settings })
  const speed = await startStreamProcessor(context, { log, counters, rows, events, views, settings }, config)
  startBatchProcessor(context, { log, rows, events, views, settings }, config).runByCron()
  const analytics = await startAnalytics(context, { log, counters, rows, views, settings }, config)
  const ingest = startIngest(context, { log, events }, config)
  return [
    ...ingest,
    ...analytics,
    ...speed,
    ...below('ingest', ingest),
    ...below('analytics-service', analytics),
    ...below('stream-processor', speed),
    createDocsRouter({ title: 'Twofold', version: '1', fragments: [createIngestPaths(events), createAnalyticsPaths(views)] }),
  ]
}

/** The paths that the services have behind an ingress, for clients that were written for one. */
function below(service: string, routers: readonly Router[]): { path: string; router: Router }[] {
  return routers.map((router) => ({ path: prefixOf(service), router }))
}
