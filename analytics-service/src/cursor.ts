import type { Place } from '@twofold/core/serving/read-view.ts'
import { z } from 'zod'

/** Where the next page goes on, in the run that the first page was read from (null: there was none yet). */
export interface Cursor extends Place {
  readonly run: number | null
  /** What was asked, so that the place is not taken for one of another question. */
  readonly query: string
}

const cursorSchema = z.tuple([z.int().nullable(), z.string(), z.int(), z.string()])

/** A cursor as text that clients hand back as it is. */
export function encodeCursor({ run, key, from, query }: Cursor): string {
  return Buffer.from(JSON.stringify([run, key, from, query])).toString('base64url')
}

/** Undefined for anything that `encodeCursor` did not make. */
export function decodeCursor(text: string): Cursor | undefined {
  try {
    const [run, key, from, query] = cursorSchema.parse(JSON.parse(Buffer.from(text, 'base64url').toString()))
    return { run, key, from, query }
  } catch {
    return undefined
  }
}
