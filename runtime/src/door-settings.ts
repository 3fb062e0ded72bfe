import { z } from 'zod'
import { apiKeyList } from './api-keys.ts'
import { portNumber, trueOrFalse, wholeNumber } from './settings-kinds.ts'

const file = (description: string) => z.string().optional().describe(description)

/** Who may come in, and how much of it there may be. Part of `httpFields`. */
export const doorFields = {
  API_KEYS: apiKeyList
    .prefault('')
    .meta({ description: 'Keys that are live, as `npm run key` prints them: one a line or separated by commas.', secret: true }),
  ALLOW_ANONYMOUS: trueOrFalse.describe('Lets everybody in who reaches the service, also elsewhere than on loopback.'),
  PUBLISHED_AT: z
    .string()
    .optional()
    .describe('In a container: where its port is published, `<address>:<port>`, which then counts instead of HOST; on loopback nobody needs a key.'),
  TLS_CERT_FILE: file('The certificate with its chain, PEM: the service then speaks HTTPS.'),
  TLS_KEY_FILE: file("The certificate's key, PEM."),
  METRICS_PORT: portNumber.optional().describe('A second port for `/metrics`, `/healthz` and `/readyz`, without keys or TLS.'),
  RATE_LIMIT: wholeNumber(0).default(0).describe('Requests a second of one key in one process; more get 429. 0: no limit.'),
  MAX_CONNECTIONS: wholeNumber(1).default(100_000).describe('So many connections at a time; more are closed at once.'),
  REQUEST_TIMEOUT_MS: wholeNumber(100).default(30_000).describe('How long a client may take to send a request, milliseconds.'),
}

interface Door {
  readonly HOST?: string | undefined
  readonly API_KEYS?: readonly unknown[] | undefined
  readonly ALLOW_ANONYMOUS?: boolean | undefined
  readonly PUBLISHED_AT?: string | undefined
  readonly TLS_CERT_FILE?: string | undefined
  readonly TLS_KEY_FILE?: string | undefined
}

/**
 * Refuses a door that stands open by accident, and half a certificate. For a process that listens:
 * `schema.check(checkDoor)`. Runs also when other fields have faults.
 */
export const checkDoor = z.superRefine<Door>(
  (door, context) => {
    const refuse = (name: keyof Door, message: string): void => context.addIssue({ code: 'custom', path: [name], message })
    const { HOST: host = 'localhost', PUBLISHED_AT: published, API_KEYS: keys = [], TLS_CERT_FILE: cert, TLS_KEY_FILE: key } = door
    const isOwn = published === undefined ? isLoopback(host) : isLoopback(addressOf(published))
    if (!isOwn && keys.length === 0 && door.ALLOW_ANONYMOUS !== true) refuse(published === undefined ? 'HOST' : 'PUBLISHED_AT', openDoor)
    if (cert && !key) refuse('TLS_KEY_FILE', 'is required with TLS_CERT_FILE')
    if (key && !cert) refuse('TLS_CERT_FILE', 'is required with TLS_KEY_FILE')
  },
  { when: () => true },
)

const openDoor =
  'others than this machine could come in, and there are no API_KEYS (npm run key makes one). In a container whose port is published ' +
  'on loopback only, PUBLISHED_AT=127.0.0.1:<port> says so; ALLOW_ANONYMOUS=true lets everybody in'

/** Of a port alone, which is published on all addresses, the empty text. */
function addressOf(published: string): string {
  return published.slice(0, Math.max(0, published.lastIndexOf(':')))
}

/** Whether only this machine can reach the address. A name that could mean anything does not count. */
export function isLoopback(host: string): boolean {
  return /^(?:localhost|127(?:\.\d{1,3}){3}|::1|\[::1\])$/i.test(host)
}
