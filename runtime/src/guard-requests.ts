import { type RequestHandler, Router } from 'express'
import { ipKeyGenerator, rateLimit } from 'express-rate-limit'
import type { Access } from './access.ts'
import { presentedKey } from './presented-key.ts'
import { HttpProblem } from './problem.ts'
import type { NoteRefusal } from './refusals.ts'
import type { Scope } from './api-keys.ts'

export interface GuardOptions {
  readonly access: Access
  /** Requests a second of one key, or of one address that shows none, also to open paths. 0: as many as come. */
  readonly rateLimit: number
  /** Paths that need no key, or look at it themselves. */
  readonly openPaths: readonly string[]
  readonly noteRefusal: NoteRefusal
}

/** Goes before everything else, so that nothing writes such a URL anywhere. */
export function refuseKeysInUrls(access: Access): RequestHandler {
  return (req, _res, next) => {
    access.refuseKeyInUrl(req.originalUrl)
    next()
  }
}

/** Lets a request pass whose key has the scope. */
export function requireScope(access: Access, scope: Scope): RequestHandler {
  return (req, _res, next) => {
    access.admit(presentedKey(req.headers), scope)
    next()
  }
}

/**
 * Goes before the service's routes: what only reads needs the scope `read`, all else `ingest`. A path that nobody
 * thought of needs a key too.
 */
export function createGuard({ access, rateLimit: perSecond, openPaths, noteRefusal }: GuardOptions): Router {
  const router = Router()
  if (perSecond > 0) router.use(limitRate(access, perSecond, noteRefusal))
  if (openPaths.length > 0) router.all([...openPaths], (_req, _res, next) => next('router'))
  if (!access.isOn) return router
  const [read, write] = [requireScope(access, 'read'), requireScope(access, 'ingest')]
  return router.use((req, res, next) => {
    // A browser asks without a key whether it may send one.
    if (req.method === 'OPTIONS') next()
    else (req.method === 'GET' || req.method === 'HEAD' ? read : write)(req, res, next)
  })
}

/** Counts in this process alone: behind three replicas a key has three times as much. */
function limitRate(access: Access, perSecond: number, noteRefusal: NoteRefusal): RequestHandler {
  return rateLimit({
    windowMs: 1000,
    limit: perSecond,
    standardHeaders: 'draft-8',
    legacyHeaders: false,
    identifier: 'requests',
    keyGenerator: ({ headers, ip = '' }) => {
      const key = access.identify(headers)
      return key ? `key ${key.id}` : `address ${ipKeyGenerator(ip)}`
    },
    // Its checks are of settings that are not used here, and print to the console.
    validate: false,
    // A page must hear that it may ask before it can be told to wait.
    skip: ({ method }) => method === 'OPTIONS',
    handler: ({ headers }, _res, next) => {
      const id = access.identify(headers)?.id
      noteRefusal('rate', id === undefined ? {} : { id })
      next(new HttpProblem({ status: 429, detail: `more than ${perSecond} requests a second`, headers: { 'Retry-After': '1' } }))
    },
  })
}
