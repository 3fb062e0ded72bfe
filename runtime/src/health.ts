import { Router } from 'express'
import { systemClock } from './clock.ts'
import { redactUrl } from './redact-url.ts'

/** Resolves when the part can do its work; rejects with what is wrong, in words for an operator. */
export type Check = (signal: AbortSignal) => Promise<unknown>

export interface Readiness {
  readonly ready: boolean
  readonly checks: Readonly<Record<string, 'ok' | 'missing'>>
  readonly missing: readonly string[]
}

/** What a process can say about itself. All services of one process share one. */
export interface Health {
  /** Several checks may have one name, such as a store that two services opened: all have to pass. */
  addCheck(name: string, check: Check): void
  /** From now on not ready, whatever the checks say: no new work may be sent here. */
  drain(): void
  /** Asks the checks, at the most one time at once and once in `keptMs`: everybody may ask for it. */
  readiness(): Promise<Readiness>
}

export interface HealthOptions {
  /** How long a check may take, milliseconds. */
  readonly timeoutMs?: number
  /** How long an answer is given again, milliseconds. */
  readonly keptMs?: number
  /** Milliseconds since some moment; never steps. */
  readonly elapsed?: () => number
  /** Told when other parts are missing than before. */
  readonly onChange?: (readiness: Readiness) => void
}

export function createHealth({ timeoutMs = 2000, keptMs = 1000, elapsed = systemClock.elapsed, onChange = () => {} }: HealthOptions = {}): Health {
  const checks: { name: string; check: Check }[] = []
  let isDraining = false
  let newest: { readonly results: Promise<readonly Named[]>; until: number } | undefined
  let said = ''

  const askChecks = (): Promise<readonly Named[]> => Promise.all(checks.map(async ({ name, check }) => ({ name, fault: await faultOf(check, timeoutMs) })))
  const keptResults = (): Promise<readonly Named[]> => {
    if (newest && elapsed() < newest.until) return newest.results
    const asked = { results: askChecks(), until: Number.POSITIVE_INFINITY }
    newest = asked
    void asked.results.then(() => (asked.until = elapsed() + keptMs))
    return asked.results
  }
  return {
    addCheck(name, check) {
      checks.push({ name, check })
      newest = undefined
    },
    drain: () => void (isDraining = true),
    readiness: async () => {
      const results = await keptResults()
      const readiness = summarise(isDraining ? [...results, { name: 'process', fault: 'draining' }] : results)
      const names = missingNames(readiness).join()
      if (names !== said) onChange(readiness)
      said = names
      return readiness
    },
  }
}

interface Named {
  readonly name: string
  readonly fault: string | undefined
}

function summarise(results: readonly Named[]): Readiness {
  const failed = results.filter(({ fault }) => fault !== undefined)
  const passed = results.map(({ name }) => [name, 'ok'] as const)
  const checks = Object.fromEntries([...passed, ...failed.map(({ name }) => [name, 'missing'] as const)])
  return { ready: failed.length === 0, checks, missing: failed.map(({ name, fault }) => `${name}: ${fault}`) }
}

async function faultOf(check: Check, timeoutMs: number): Promise<string | undefined> {
  const signal = AbortSignal.timeout(timeoutMs)
  const late = new Promise<string>((resolve) => {
    signal.addEventListener('abort', () => resolve(`no answer within ${timeoutMs} ms`))
  })
  return Promise.race([answerOf(check, signal), late])
}

async function answerOf(check: Check, signal: AbortSignal): Promise<string | undefined> {
  try {
    await check(signal)
    return undefined
  } catch (error) {
    return redactUrl(messageOf(error))
  }
}

function messageOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  // a connection that was refused on every address of a host has no message of its own
  return error.message || ('code' in error ? String(error.code) : error.name)
}

function missingNames({ checks }: Readiness): string[] {
  return Object.keys(checks).filter((name) => checks[name] === 'missing')
}

export interface HealthRouterOptions {
  /** Names of servers and what they answer are nothing for strangers. */
  readonly tellsReasons: boolean
}

/** `/healthz` says that the process runs, `/readyz` that work may be sent to it; the older paths answer the same. */
export function createHealthRouter(health: Health, { tellsReasons }: HealthRouterOptions): Router {
  const router = Router()
  router.get(['/healthz', '/health', '/_health', '/health/liveness'], (_req, res) => void res.json({ status: 'ok' }))
  router.get(['/readyz', '/health/readiness'], async (_req, res) => {
    const readiness = await health.readiness()
    const { ready, checks } = readiness
    const missing = tellsReasons ? readiness.missing : missingNames(readiness)
    res.status(ready ? 200 : 503).json(ready ? { ready, checks } : { ready, missing, checks })
  })
  return router
}
