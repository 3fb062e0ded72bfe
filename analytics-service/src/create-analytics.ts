import { createHash } from 'node:crypto'
import { isTwofoldError } from '@twofold/core/errors.ts'
import { formatStep } from '@twofold/core/serving/steps.ts'
import type { View } from '@twofold/core/views/view.ts'
import { type Request, type Response, Router } from 'express'
import { analyticsView, answerAnalytics } from './answer-analytics.ts'
import { answerView, provenanceOf, type ViewAnswer } from './answer-view.ts'
import { findFooting, type ServingLayer } from './find-footing.ts'
import { findView } from './find-view.ts'
import { type ParsedQuery, parseQuery, refusal } from './parse-query.ts'

/** The HTTP side of the serving layer: `/analytics`, `/views` and `/views/:name`. */
export function createAnalytics(layer: ServingLayer): Router {
  const router = Router()
  router.get('/analytics', async (req, res) => {
    const { body, boundary, complete } = await retryOnce(() => answerAnalytics(layer, parseAnalyticsQuery(req.query)))
    res.set('Twofold-Boundary', boundary === null ? 'none' : new Date(boundary).toISOString())
    res.set({ 'Twofold-Complete': String(complete), 'Cache-Control': 'no-store' })
    res.json(body)
  })
  router.get('/views', async (_req, res) => {
    res.json({ views: await Promise.all(layer.views.map((view) => describeView(layer, view))) })
  })
  router.get('/views/:name', async (req, res) => {
    const view = findView(layer.views, req.params.name)
    sendWithTag(req, res, await answerView(layer, view, parseQuery(view, req.query)))
  })
  return router
}

/** Its history is of one key, is not paged, and needs steps. */
function parseAnalyticsQuery(query: Request['query']): ParsedQuery {
  const names = ['from', 'until', 'step', 'limit']
  const other = Object.keys(query).filter((name) => !names.includes(name))
  if (other.length > 0) throw refusal(other.map((name) => ({ name, detail: `no such parameter; there are ${names.join(', ')}` })))
  const parsed = parseQuery(analyticsView, query)
  if (parsed.step === 'all') throw refusal([{ name: 'step', detail: 'a history needs steps: use 1s, 1m, 1h or a multiple that nests' }])
  return parsed
}

async function describeView(layer: ServingLayer, view: View) {
  const { name, description, version, topic, resolutions } = view
  const steps = [...resolutions.map(({ stepMs }) => formatStep(stepMs)), 'all']
  return { view: name, description, version, reads: topic, steps, ...provenanceOf(await findFooting(layer, view, undefined)) }
}

/** A run may be swept between finding and reading it; the next one is there by then. */
async function retryOnce<Answer>(read: () => Promise<Answer>): Promise<Answer> {
  try {
    return await read()
  } catch (error) {
    if (isTwofoldError(error, 'RUN_GONE')) return read()
    throw error
  }
}

/** A weak tag: two answers with one tag say the same, though one of them may be told a moment later. */
function sendWithTag(req: Request, res: Response, answer: ViewAnswer): void {
  const { lagMs: _, ...asOf } = answer.asOf
  const hash = createHash('sha256').update(JSON.stringify({ ...answer, asOf })).digest('base64url')
  const tag = `W/"${hash.slice(0, 27)}"`
  res.set({ ETag: tag, 'Cache-Control': 'no-cache' })
  if (matches(req.headers['if-none-match'], tag)) res.status(304).end()
  else res.json(answer)
}

/** Express' own comparison gives up on `Cache-Control: no-cache`, which every fetch() with a tag sends along. */
function matches(tags: string | undefined, tag: string): boolean {
  return tags === '*' || (tags?.split(',').some((candidate) => candidate.trim() === tag) ?? false)
}
