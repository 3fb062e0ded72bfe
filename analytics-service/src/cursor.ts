import { TwofoldError } from '@twofold/core/errors.ts'
import type { Place } from '@twofold/core/serving/read-view.ts'
import { z } from 'zod'

/** Where the next page goes on, in the run that the first page was read from (null: there was none yet). */
export interface Cursor extends Place {
  readonly run: number | null
}

const cursorSchema = z.tuple([z.int().nullable(), z.string(), z.int()])

/** A cursor as text that clients hand back as it is. */
export function encodeCursor({ run, key, from }: Cursor): string {
  return Buffer.from(JSON.stringify([run, key, from])).toString('base64url')
}

/** Throws INVALID_QUERY for anything that `encodeCursor` did not make. */
export function decodeCursor(text: string): Cursor {
  try {
    const [run, key, from] = cursorSchema.parse(JSON.parse(Buffer.from(text, 'base64url').toString()))
    return { run, key, from }
  } catch (cause) {
    throw new TwofoldError('INVALID_QUERY', 'cursor: is not one that this API gave out; start again without it', { cause })
  }
}
