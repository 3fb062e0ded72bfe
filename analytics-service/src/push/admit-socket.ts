import type { IncomingMessage } from 'node:http'
import type { Access } from '@twofold/runtime/access.ts'
import { presentedKey } from '@twofold/runtime/presented-key.ts'
import { HttpProblem } from '@twofold/runtime/problem.ts'
import type { ReportSocket } from './socket-types.ts'

/** Why a connection that brings a key with it is refused at once. One without may still show it when it says hello. */
export function refusedKey(access: Access, { url = '', headers }: IncomingMessage): string | undefined {
  return detailOf(() => {
    access.refuseKeyInUrl(url)
    const shown = presentedKey(headers)
    if (shown !== undefined) access.admit(shown, 'read')
  })
}

/** Why a client that said hello is refused: it shows a key in its headers or, as browsers can, as `auth: {key}`. */
export function refusedHello(access: Access, { auth, headers }: ReportSocket['handshake']): Error | undefined {
  const { key } = auth as { readonly key?: unknown }
  const detail = detailOf(() => access.admit(typeof key === 'string' ? key : presentedKey(headers), 'read'))
  return detail === undefined ? undefined : new Error(detail)
}

function detailOf(check: () => void): string | undefined {
  try {
    check()
    return undefined
  } catch (error) {
    if (error instanceof HttpProblem) return error.message
    throw error
  }
}
