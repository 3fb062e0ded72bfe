import { maxKeyLength } from '@twofold/core/views/view.ts'
import { z } from 'zod'

/** Answers one request of a client; does nothing when the client wants no answer. */
export type Acknowledge = (answer: Answer) => void

export type Answer = { readonly ok: true } | { readonly ok: false; readonly error: string }

/** A payload that can't be used. Its message is for the client. */
export class BadRequest extends Error {}

const room = z.string('must be a string').min(1, 'must not be empty').max(maxKeyLength, `must be at most ${maxKeyLength} characters`)
const payloadText = 'the payload must be an object'
const nothing = z.looseObject({}, payloadText).optional()

/** The ids of videos, each once. Throws `BadRequest`. */
export function parseRooms(payload: unknown, maxRooms: number): Set<string> {
  const list = z.array(room, 'must be an array of ids').max(maxRooms, `must be at most ${maxRooms} ids`)
  const { rooms } = parse(z.object({ rooms: list }, payloadText), payload)
  return new Set(rooms)
}

/** Throws `BadRequest` for a payload that is neither left out nor an object; what is in it says nothing. */
export function refuseOddPayload(payload: unknown): void {
  parse(nothing, payload)
}

/** Clients differ in whether they send a payload and want an answer, and some in where: the first of each kind counts. */
export function readArguments(args: readonly unknown[]): { payload: unknown; acknowledge: Acknowledge } {
  const acknowledge = args.find((arg): arg is Acknowledge => typeof arg === 'function')
  const payload = args.find((arg) => typeof arg !== 'function' && arg !== null && arg !== undefined)
  return { payload, acknowledge: acknowledge ?? (() => {}) }
}

function parse<Schema extends z.ZodType>(schema: Schema, payload: unknown): z.output<Schema> {
  const result = schema.safeParse(payload)
  if (result.success) return result.data
  const faults = result.error.issues.slice(0, 3).map(({ path, message }) => (path.length > 0 ? `${path.join('.')} ${message}` : message))
  throw new BadRequest(faults.join('; '))
}
