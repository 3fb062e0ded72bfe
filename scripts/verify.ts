import { parseArgs } from 'node:util'
import { openEventLog, openRowStore } from '@twofold/adapters/open.ts'
import { readSecurity } from '@twofold/adapters/store-security.ts'
import { isTwofoldError } from '@twofold/core/errors.ts'
import { events } from '@twofold/core/events/index.ts'
import { rawTableOf } from '@twofold/core/events/raw-table.ts'
import { systemClock } from '@twofold/runtime/clock.ts'
import { readConfig } from '@twofold/runtime/config.ts'
import { silentLogger } from '@twofold/runtime/logger.ts'
import { logFields, rowFields } from '@twofold/runtime/settings.ts'
import { checkStoreSecurity } from '@twofold/runtime/store-settings.ts'
import { readLedgers } from '@twofold/verification/ledger.ts'
import { naiveViews } from '@twofold/verification/naive-counts.ts'
import { verify } from '@twofold/verification/verify.ts'
import { z } from 'zod'

const usage = `Recomputes every view from the raw rows, by code that shares nothing with the views, and compares it with
what the API answers.

  npm run verify
  npm run verify -- --ledger sent.ndjson          also: what was acknowledged is stored once, and nothing else
  DATA_DIR=./data API_URL=http://127.0.0.1:8080 npm run verify

  --ledger <file>    a ledger of npm run simulate; may be repeated
  --timeout <s>      how long to look for a moment without traffic before bounds are compared (30)
  --log              also read the whole log: every record is a row, a dead letter, a repeat or a tick
  --help

Reads EVENT_LOG_URL, ROW_STORE_URL, DATA_DIR and API_URL as the services do, and API_KEY where keys are on.
Exit code: 0 no difference, 1 a difference, 2 it could not be checked.
`

const schema = z
  .object({ ...logFields, ...rowFields, API_URL: z.string().default('http://127.0.0.1:8080') })
  .check(checkStoreSecurity)

process.exitCode = await run().catch((error: unknown) => {
  console.error(isTwofoldError(error) || isBadOption(error) ? (error as Error).message : error)
  return 2
})

async function run(): Promise<number> {
  const options = {
    ledger: { type: 'string', multiple: true },
    timeout: { type: 'string', default: '30' },
    log: { type: 'boolean', default: false },
    help: { type: 'boolean' },
  } as const
  const { values } = parseArgs({ options })
  if (values.help) {
    console.log(usage)
    return 0
  }
  const timeoutMs = Number(values.timeout) * 1000
  if (!(timeoutMs >= 0)) throw new TypeError('--timeout must be a number of seconds')
  const config = readConfig(schema, process.env)
  const surroundings = { now: systemClock.now, logger: silentLogger }
  const log = await openEventLog(config.EVENT_LOG_URL, surroundings, readSecurity('EVENT_LOG', config))
  const tables = events.map(rawTableOf)
  const rows = await openRowStore(config.ROW_STORE_URL, tables, surroundings, readSecurity('ROW_STORE', config))
  try {
    const ledger = values.ledger && readLedgers(values.ledger)
    const { text, outcome } = await verify({
      log,
      rows,
      apiUrl: config.API_URL,
      naiveViews,
      events,
      timeoutMs,
      readsLog: values.log,
      ...(ledger ? { ledger } : {}),
    })
    console.log(text)
    return { equal: 0, different: 1, unchecked: 2 }[outcome]
  } finally {
    await Promise.allSettled([log.close(), rows.close()])
  }
}

function isBadOption(error: unknown): boolean {
  return error instanceof TypeError
}
