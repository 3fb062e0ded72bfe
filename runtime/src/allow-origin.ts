import { type RequestHandler, Router } from 'express'
import { z } from 'zod'

/** Whether a request may come from where a browser says it does; without an origin it comes from no other page. */
export type AllowOrigin = (origin: string | undefined, host: string | undefined) => boolean

const expected = 'expected origins such as https://example.org, separated by commas, or *'

/** A list of origins as browsers write them, or `*`. */
export const originList = z
  .string()
  .transform((text) => text.split(',').map((origin) => origin.trim()).filter((origin) => origin !== ''))
  .refine((origins) => origins.every((origin) => origin === '*' || isOrigin(origin)), expected)

/** Allows these origins, `*` for all, and the pages that the service's own host serves. */
export function allowOrigin(origins: readonly string[]): AllowOrigin {
  const named = new Set(origins)
  return (origin, host) => {
    if (origin === undefined || named.has('*') || named.has(origin)) return true
    // Behind a proxy the scheme may be another one than here.
    return host !== undefined && URL.parse(origin)?.host === host.toLowerCase()
  }
}

function isOrigin(text: string): boolean {
  const url = URL.parse(text)
  return url !== null && url.origin === text && url.origin !== 'null'
}

const preflightHeaders = {
  'Access-Control-Allow-Methods': 'GET, HEAD',
  'Access-Control-Allow-Headers': 'Authorization, Cache-Control, If-None-Match, Last-Event-ID, X-API-Key',
  'Access-Control-Max-Age': '600',
}

const exposed = 'ETag, RateLimit, RateLimit-Policy, Retry-After, Twofold-Boundary, Twofold-Complete'

/**
 * Lets pages of allowed origins read what routes answer to GET. Goes before the routes, and before who refuses. Other pages get their answers
 * without a word, and browsers keep them from reading it.
 */
export function createCorsRouter(isAllowed: AllowOrigin, paths: readonly string[]): Router {
  const sayAllowed: RequestHandler = ({ headers: { origin, host } }, res, next) => {
    // Caches must not hand the answer for one origin to another.
    res.vary('Origin')
    if (origin !== undefined && isAllowed(origin, host)) {
      res.set({ 'Access-Control-Allow-Origin': origin, 'Access-Control-Expose-Headers': exposed })
    }
    next()
  }
  const router = Router()
  // One route for each path: it names the answer, should nothing behind it do so.
  for (const path of paths) {
    router.get(path, sayAllowed)
    router.options(path, sayAllowed, (_req, res) => {
      if (res.hasHeader('Access-Control-Allow-Origin')) res.set(preflightHeaders)
      res.status(204).set('Allow', 'GET, HEAD, OPTIONS').end()
    })
  }
  return router
}
