import { Router } from 'express'
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
  readiness(): Promise<Readiness>
}

export function createHealth({ timeoutMs = 2000 }: { timeoutMs?: number } = {}): Health {
  const checks: { name: string; check: Check }[] = []
  let isDraining = false
  return {
    addCheck: (name, check) => void checks.push({ name, check }),
    drain: () => void (isDraining = true),
    readiness: async () => {
      const faults = await Promise.all(checks.map(({ check }) => faultOf(check, timeoutMs)))
      const named = checks.map(({ name }, index) => ({ name, fault: faults[index] }))
      return summarise(isDraining ? [...named, { name: 'process', fault: 'draining' }] : named)
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

/** `/healthz` says that the process runs, `/readyz` that work may be sent to it; the older paths answer the same. */
export function createHealthRouter(health: Health): Router {
  const router = Router()
  router.get(['/healthz', '/health', '/_health', '/health/liveness'], (_req, res) => void res.json({ status: 'ok' }))
  router.get(['/readyz', '/health/readiness'], async (_req, res) => {
    const { ready, checks, missing } = await health.readiness()
    res.status(ready ? 200 : 503).json(ready ? { ready, checks } : { ready, missing, checks })
  })
  return router
}
