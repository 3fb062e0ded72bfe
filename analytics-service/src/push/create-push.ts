import { TwofoldError } from '@twofold/core/errors.ts'
import type { View } from '@twofold/core/views/view.ts'
import type { AllowOrigin } from '@twofold/runtime/allow-origin.ts'
import { HttpProblem } from '@twofold/runtime/problem.ts'
import { type Request, type Response, Router } from 'express'
import { findView } from '../find-view.ts'
import type { LiveFeed } from '../live/live-feed.ts'
import { answerCorrections } from './answer-corrections.ts'
import type { StreamQuestion, Streams } from './create-streams.ts'
import { emojiFrames, viewFrames } from './frames.ts'
import { answerHead, createHttpSink } from './http-sink.ts'
import { parseCorrectionsQuery, parseEventsQuery, parseStreamQuery, readStart } from './parse-stream-query.ts'
import { spreadRetries } from './spread-retries.ts'

export interface PushOptions {
  readonly views: readonly View[]
  readonly feed: LiveFeed
  readonly streams: Streams
  readonly isAllowedOrigin: AllowOrigin
}

/** The view and the window that `GET /events` tells of. */
export const emojiEvents = { view: 'emoji-count', window: '2s' }

/** `GET /views/:name/stream`, `GET /views/:name/corrections`, and `GET /events` where there is a view for it. */
export function createPush({ views, feed, streams, isAllowedOrigin }: PushOptions): Router {
  const nextRetryMs = spreadRetries()
  const stream = async (req: Request, res: Response, question: () => StreamQuestion): Promise<void> => {
    refuseOrigin(req, isAllowedOrigin)
    const asked = question()
    if (req.method === 'HEAD') return answerHead(res)
    await openStream(res, streams, asked, nextRetryMs())
  }
  const router = Router()
  router.get('/views/:name/stream', (req, res) =>
    stream(req, res, () => {
      const view = findView(views, req.params.name)
      const { lastEventId, ...asked } = parseStreamQuery(view, req.query)
      return { view, form: viewFrames, ...asked, start: readStart(req.headers, lastEventId, feed.position) }
    }))
  router.get('/views/:name/corrections', (req, res) => {
    const view = findView(views, req.params.name)
    const query = parseCorrectionsQuery(view, req.query)
    if (!feed.isReady) throw new TwofoldError('LOG_UNAVAILABLE', 'live results are not ready')
    res.set('Cache-Control', 'no-store').json(answerCorrections(feed, view, query))
  })
  const emoji = views.find(({ name }) => name === emojiEvents.view)
  const window = emoji?.windows.find(({ name }) => name === emojiEvents.window)?.name
  if (!emoji || window === undefined) return router
  return router.get('/events', (req, res) =>
    stream(req, res, () => {
      const start = readStart(req.headers, parseEventsQuery(req.query).lastEventId, feed.position)
      return { view: emoji, window, keys: undefined, form: emojiFrames, start }
    }))
}

async function openStream(res: Response, streams: Streams, question: StreamQuestion, retryMs: number): Promise<void> {
  const { socket } = res
  // Its answer is not at the front of the connection, so that its frames would end up within another answer.
  if (!socket) throw new HttpProblem({ status: 400, detail: 'a stream needs a connection of its own', headers: { Connection: 'close' } })
  const sink = createHttpSink(res, socket, retryMs)
  res.once('close', () => streams.closed(sink))
  await streams.open(sink, question)
}

function refuseOrigin({ headers: { origin, host } }: Request, isAllowed: AllowOrigin): void {
  if (isAllowed(origin, host)) return
  throw new HttpProblem({ status: 403, detail: 'pages of this origin may not listen; see CORS_ORIGINS', refusal: 'origin' })
}
