import { checkServerIdentity, type ConnectionOptions } from 'node:tls'
import type { StoreSecurity } from '../store-security.ts'

/**
 * The driver verifies nothing unless told to, and it connects to addresses, those that a host's name stands for and
 * those that the nodes tell of each other: a certificate holds when it names the address, or a host of the URL.
 */
export function tlsOptionsOf({ ca, ...certificate }: NonNullable<StoreSecurity['tls']>, contactPoints: readonly string[]): ConnectionOptions {
  const hosts = contactPoints.map((point) => point.replace(/:\d+$/, '').replaceAll(/[[\]]/g, ''))
  return {
    ...certificate,
    ...(ca !== undefined && { ca: [ca] }),
    rejectUnauthorized: true,
    checkServerIdentity(address, presented) {
      const faults = [address, ...hosts].map((name) => checkServerIdentity(name, presented))
      return faults.includes(undefined) ? undefined : faults[0]
    },
  }
}
