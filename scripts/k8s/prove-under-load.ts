import { randomInt } from 'node:crypto'
import { openRowStore } from '@twofold/adapters/open.ts'
import { events } from '@twofold/core/events/index.ts'
import { rawTableOf } from '@twofold/core/events/raw-table.ts'
import { silentLogger } from '@twofold/runtime/logger.ts'
import { openLedger } from '@twofold/verification/ledger.ts'
import type { Cluster } from './cluster.ts'
import { forwardPort } from './forward-port.ts'
import { finish, run } from './run-command.ts'
import { release, type Settings } from './settings.ts'

export interface Proof {
  readonly cluster: Cluster
  readonly settings: Settings
  readonly apiKey: string
  readonly forwardPort: number
  /** Notes what was sent, all through the test. */
  readonly ledger: string
}

/**
 * Sends traffic through the ingress while something is done to the pods, until both have ended, and then recomputes
 * everything from the raw rows. Rejects unless every event was acknowledged and verify says 0 differences.
 */
export async function proveUnderLoad(proof: Proof, act: () => Promise<void>): Promise<string> {
  const { settings, ledger } = proof
  const env = { API_URL: settings.INGRESS_URL, API_KEY: proof.apiKey }
  const seed = String(randomInt(1e9))
  const traffic = ['--rate', String(settings.LOAD_RATE), '--duration', String(settings.LOAD_SECONDS), '--seed', seed, '--ledger', ledger]
  const [sent] = await Promise.all([
    run(process.execPath, ['scripts/simulate.ts', ...traffic, '--give-up', '120', '--connections', '32'], { env }),
    act(),
  ])
  return `${firstLines(sent)}\n${await verify(proof)}`
}

/** Through ways of its own to the event log and the row store: what verify reads must not come from the API alone. */
async function verify(proof: Proof): Promise<string> {
  return withStores(proof, async (env) => {
    const { code, stdout, stderr } = await finish(process.execPath, ['scripts/verify.ts', '--ledger', proof.ledger, '--timeout', '90'], { env })
    if (code !== 0) throw new Error(`verify ended with ${code}:\n${stdout}${stderr}`)
    return stdout.trim()
  })
}

/** What is stored before the first traffic was sent by others: from now on the ledger knows it. */
export async function noteStrangers(proof: Proof): Promise<number> {
  const { logger, now } = { logger: silentLogger, now: Date.now }
  return withStores(proof, async ({ ROW_STORE_URL: url }) => {
    const rows = await openRowStore(url, events.map(rawTableOf), { now, logger })
    const ledger = openLedger(proof.ledger)
    for (const { topic } of events) {
      for await (const chunk of rows.scanRows(topic, Number.MAX_SAFE_INTEGER)) {
        for (const { id, payload } of chunk) {
          ledger.noteSent({ topic, id, payload: JSON.parse(payload) as Record<string, unknown> })
          ledger.noteOutcome({ topic, id }, 'acknowledged')
        }
      }
    }
    ledger.close()
    await rows.close()
    return [...ledger.entries()].length
  })
}

interface Environment extends Readonly<Record<string, string>> {
  readonly ROW_STORE_URL: string
}

async function withStores<Result>(proof: Proof, use: (env: Environment) => Promise<Result>): Promise<Result> {
  const { cluster, settings, apiKey: API_KEY } = proof
  const password = await cluster.secret(`${release}-mysql`, 'password')
  const kafka = await forwardPort(settings.K8S_NAMESPACE, `statefulset/${release}-kafka`, proof.forwardPort, proof.forwardPort)
  const mysql = await forwardPort(settings.K8S_NAMESPACE, `statefulset/${release}-mysql`, 3306)
  const EVENT_LOG_URL = `kafka://127.0.0.1:${kafka.port}`
  const ROW_STORE_URL = `mysql://twofold:${encodeURIComponent(password)}@127.0.0.1:${mysql.port}/twofold`
  try {
    return await use({ API_URL: settings.INGRESS_URL, API_KEY, EVENT_LOG_URL, ROW_STORE_URL })
  } finally {
    kafka.close()
    mysql.close()
  }
}

const firstLines = (text: string): string => text.trim().split('\n').slice(0, 4).join('\n')
