import type { IncomingHttpHeaders } from 'node:http'
import type { View } from '@twofold/core/views/view.ts'
import type { Vector } from '../live/live-feed.ts'
import { key, limit, once, parseParameters, readWindow } from '../parse-query.ts'
import { z } from 'zod'
import type { Start } from './reader.ts'
import { decodeVector } from './vector-text.ts'

const maxRooms = 100
const rooms = once
  .transform((text) => text.split(','))
  .pipe(z.array(z.string().min(1, 'must not name an empty room')).max(maxRooms, `must name at most ${maxRooms} rooms`))

const streamSchema = z.object({ key: key.optional(), rooms: rooms.optional(), window: once.optional(), lastEventId: once.optional() })
const eventsSchema = streamSchema.pick({ lastEventId: true })
const correctionsSchema = z.object({ key: key.optional(), window: once.optional(), limit: limit.default(100) })

/** What a reader wants to watch; `lastEventId` stands in for the header where a client can't set one. */
export interface StreamQuery {
  readonly keys: ReadonlySet<string> | undefined
  readonly window: string
  readonly lastEventId: string | undefined
}

/** Reads the query of a stream. Throws a problem (422) that names every parameter which is wrong. */
export function parseStreamQuery(view: View, query: unknown): StreamQuery {
  const { key: keys, rooms: named, window, lastEventId } = parseParameters(streamSchema, query)
  const all = keys || named ? new Set([...(keys ?? []), ...(named ?? [])]) : undefined
  return { keys: all, window: window === undefined ? view.windows[0]!.name : readWindow(view, window).name, lastEventId }
}

export function parseEventsQuery(query: unknown): Pick<StreamQuery, 'lastEventId'> {
  return { lastEventId: parseParameters(eventsSchema, query).lastEventId }
}

export interface CorrectionsQuery {
  readonly keys: ReadonlySet<string> | undefined
  /** All windows when absent. */
  readonly window: string | undefined
  readonly limit: number
}

export function parseCorrectionsQuery(view: View, query: unknown): CorrectionsQuery {
  const { key: keys, window, limit: most } = parseParameters(correctionsSchema, query)
  return { keys: keys && new Set(keys), window: window === undefined ? undefined : readWindow(view, window).name, limit: most }
}

/** Where to begin. The header is what a browser sends by itself, so it is newer than what stands in its address. */
export function readStart(headers: IncomingHttpHeaders, lastEventId: string | undefined, position: Vector): Start {
  const header = headers['last-event-id']
  const text = (Array.isArray(header) ? header[0] : header) || lastEventId
  if (!text) return 'snapshot'
  const since = decodeVector(text)
  return since?.length === position.length ? { since } : 'resync'
}
