import { boundaryFields, counterFields, httpFields, levelFields, liveFields, logFields, rowFields, sliceFields, wholeNumber } from '@twofold/runtime/settings.ts'
import { keptPastBoundary } from '@twofold/runtime/boundary-age.ts'
import { originList } from '@twofold/runtime/allow-origin.ts'
import { z } from 'zod'

export const servingFields = {
  MAX_LAG_MS: wholeNumber(1).default(5000).describe('A partition further behind than this makes an answer incomplete.'),
  MAX_LIVE_KEYS: wholeNumber(1).default(200_000).describe('How many keys (videos, rooms, ...) one process holds live; others are answered when asked for.'),
}

/** Who may listen, and how many. */
export const pushFields = {
  CORS_ORIGINS: z.string().default('').pipe(originList).describe('Origins whose pages may read and listen, separated by commas, or *.'),
  MAX_STREAMS: wholeNumber(0).default(50_000).describe('How many streams of server-sent events one process serves; more get 503.'),
  MAX_SOCKETS: wholeNumber(0).default(20_000).describe('How many clients on socket.io one process serves; more are refused.'),
  MAX_ROOMS: wholeNumber(1).default(200).describe('How many rooms one client on socket.io may register.'),
}

export const configSchema = z
  .object({
    ...httpFields,
    ...levelFields,
    ...sliceFields,
    ...logFields,
    ...counterFields,
    ...rowFields,
    ...boundaryFields,
    ...liveFields,
    ...servingFields,
    ...pushFields,
  })
  .check(keptPastBoundary)
