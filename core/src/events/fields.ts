import { z } from 'zod'
import { withCanonicalForm } from './canonical.ts'

/** Longest id of an event or of what it names, in Unicode code points (as JSON Schema and MySQL count). */
export const maxIdLength = 128

/** Largest JSON text of one event in bytes, over HTTP and in the log. */
export const maxEventBytes = 65_536

/** How far the clock of a client may be ahead of ours. Only ingest checks it. Milliseconds. */
export const maxAheadMs = 60_000

/** Numbers below this are seconds since the epoch, others milliseconds (1e11 s is in the year 5138, 1e11 ms in 1973). */
const firstMillisecond = 1e11

/** Text that UTF-8 can carry: a lone surrogate would come back as another character, and so as another id. */
export const text = (maxLength: number): z.ZodString =>
  withCanonicalForm(
    z
      .string()
      .min(1, `must not be empty`)
      .max(maxLength, `must be at most ${maxLength} characters`)
      .refine((value) => value.isWellFormed(), 'must not contain a lone surrogate'),
    (value) => isText(value, maxLength),
  )

function isText(value: unknown, maxLength: number): boolean {
  return typeof value === 'string' && value.length > 0 && value.length <= maxLength && value.isWellFormed()
}

/** What `id()` accepts, of a text that is not in a payload. */
export function isId(value: string): boolean {
  // A schema is dear to make, and this is asked of every record.
  return isText(value, maxIdLength) || anId.safeParse(value).success
}

export const id = (): z.ZodString => text(maxIdLength)

const anId = id()

/** A name that some clients send as a number: kept as a string. */
export const idOrInteger = () =>
  withCanonicalForm(
    z
      .union([id(), z.int('must be a string or a safe integer')], 'must be a string or a safe integer')
      .transform((value) => String(value)),
    (value) => isText(value, maxIdLength),
  )

/** RFC 3339, or a number of seconds or milliseconds; becomes RFC 3339 in UTC with milliseconds. */
export const timestamp = () => withCanonicalForm(anyTimestamp(), isCanonicalTime)

const anyTimestamp = () =>
  z
    .union([z.iso.datetime({ offset: true }), z.number()], 'must be an RFC 3339 time or a number of seconds or milliseconds')
    .transform((value, context) => {
      const time = typeof value === 'number' ? millisecondsOf(value) : Date.parse(value)
      if (isTime(time)) return new Date(time).toISOString()
      context.addIssue({ code: 'custom', message: 'must be a time between the years 0000 and 9999' })
      return z.NEVER
    })

const datetime = z.core.regexes.datetime({ offset: true })

/** Of what the pattern lets pass only `YYYY-MM-DDTHH:MM:SS.sssZ` has this length and this end, and it is a real date. */
function isCanonicalTime(value: unknown): boolean {
  return typeof value === 'string' && value.length === 24 && value.endsWith('Z') && datetime.test(value)
}

function millisecondsOf(value: number): number {
  return Math.round(Math.abs(value) < firstMillisecond ? value * 1000 : value)
}

/** Milliseconds of an RFC 3339 time, or undefined: a text without an offset would mean another time in another place. */
export function readTime(written: string): number | undefined {
  const time = datetime.test(written) ? Date.parse(written) : Number.NaN
  return isTime(time) ? time : undefined
}

/** RFC 3339 knows years of four digits only. */
function isTime(time: number): boolean {
  return time >= -62_167_219_200_000 && time < 253_402_300_800_000
}
