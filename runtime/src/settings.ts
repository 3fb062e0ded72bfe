import { z } from 'zod'
import { doorFields } from './door-settings.ts'
import type { Environment } from './environment.ts'
import { portNumber, wholeNumber } from './settings-kinds.ts'
import { saslFields, securityFields } from './store-settings.ts'
import { traceFields } from './trace-settings.ts'

export { wholeNumber } from './settings-kinds.ts'

const minuteMs = 60_000
const dayMs = 24 * 60 * minuteMs

export const logLevels = ['debug', 'info', 'warn', 'error'] as const
export type LogLevel = (typeof logLevels)[number]

/** Where a port's adapter is found. The scheme picks the adapter; it may hold a password and is treated as a secret. */
function storeUrl(file: string, example: string, description: string) {
  const expected = `expected a URL such as ${example} or sqlite:./data/${file}`
  return z
    .string()
    .trim()
    .regex(/^[a-z][a-z0-9+.-]*:\S+$/i, expected)
    .default(`sqlite:{DATA_DIR}/${file}`)
    .meta({ description, secret: true })
}

export const httpFields = {
  HOST: z.string().default('127.0.0.1').describe('The address to listen on.'),
  PORT: portNumber.default(8080).describe('The port to listen on; 0 picks a free one.'),
  ...doorFields,
}

export const dataFields = {
  DATA_DIR: z.string().default('./data').describe('The folder of the embedded set.'),
}

export const sliceFields = {
  SLICE_MS: wholeNumber(100, dayMs)
    .default(minuteMs)
    .describe('How long a slice is; a change is a new version of every view.'),
  DEDUP_HORIZON_MS: wholeNumber(0, 7 * dayMs)
    .default(10 * minuteMs)
    .describe('How far back the speed layer knows a repeat; a change is a new version of every view.'),
}

export const logFields = {
  ...dataFields,
  EVENT_LOG_URL: storeUrl('log.db', 'kafka://localhost:9092', 'Where the event log is.'),
  ...securityFields('EVENT_LOG'),
  ...saslFields,
  PARTITIONS: wholeNumber(1, 4096).default(4).describe('Partitions of an event topic; fixed once the topic exists.'),
  LOG_RETENTION_MS: wholeNumber(1).default(7 * dayMs).describe('How long the event log keeps a record.'),
}

export const counterFields = {
  ...dataFields,
  COUNTER_STORE_URL: storeUrl('counters.db', 'cassandra://localhost:9042/twofold', 'Where the speed cells are.'),
  ...securityFields('COUNTER_STORE'),
  CELL_TTL_MS: wholeNumber(1).default(dayMs).describe('How long a speed cell is kept.'),
}

export const liveFields = {
  LIVE_RETENTION_MS: wholeNumber(1)
    .default(60 * minuteMs)
    .describe('How long `view-updates` keeps what was published live.'),
}

export const rowFields = {
  ...dataFields,
  ROW_STORE_URL: storeUrl('rows.db', 'mysql://localhost:3306/twofold', 'Where raw rows and batch views are.'),
  ...securityFields('ROW_STORE'),
}

export const boundaryFields = {
  BOUNDARY_MAX_AGE_MS: wholeNumber(1).default(6 * 60 * minuteMs).describe('How old the boundary may become.'),
}

/** Slices as the core takes them. */
export function sliceSettingsOf(config: { readonly SLICE_MS: number; readonly DEDUP_HORIZON_MS: number }) {
  return { sliceMs: config.SLICE_MS, dedupHorizonMs: config.DEDUP_HORIZON_MS }
}

export const levelFields = {
  LOG_LEVEL: z
    .string()
    .transform((level) => level.trim().toLowerCase())
    .pipe(z.enum(logLevels))
    .default('info')
    .describe('The least level that is logged.'),
  ...traceFields,
}

/** For the logger that reports the faults of the configuration, and so has to exist before it was read. */
export function logLevelOf(env: Environment): LogLevel {
  return levelFields.LOG_LEVEL.safeParse(env['LOG_LEVEL'] || undefined).data ?? 'info'
}
