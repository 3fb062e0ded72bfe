import { X509Certificate } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { createSecureContext } from 'node:tls'
import { TwofoldError } from '@twofold/core/errors.ts'

/** Paths of PEM files. */
export interface TlsFiles {
  readonly certFile: string
  readonly keyFile: string
}

export interface TlsMaterial {
  readonly cert: Buffer
  readonly key: Buffer
  /** When the certificate ends, milliseconds since the epoch. */
  readonly expiresAt: number
}

/** Throws INVALID_CONFIG for files that can't be read or don't belong together, and says nothing of what is in them. */
export function readTlsFiles({ certFile, keyFile }: TlsFiles): TlsMaterial {
  const material = { cert: readNamed('TLS_CERT_FILE', certFile), key: readNamed('TLS_KEY_FILE', keyFile) }
  try {
    createSecureContext(material)
    return { ...material, expiresAt: new X509Certificate(material.cert).validToDate.getTime() }
  } catch (error) {
    const reason = error instanceof Error && 'code' in error ? String(error.code) : 'not PEM'
    throw new TwofoldError('INVALID_CONFIG', `TLS_CERT_FILE and TLS_KEY_FILE can not be used: ${reason}`)
  }
}

function readNamed(name: string, path: string): Buffer {
  try {
    return readFileSync(path)
  } catch {
    throw new TwofoldError('INVALID_CONFIG', `${name} names a file that can't be read`)
  }
}

export interface TlsWatch {
  readonly intervalMs?: number
  readonly onRenewed: (tls: TlsMaterial) => void
  /** Of files that can't be used, such as one half of a renewal; they are looked at again. */
  readonly onError: (error: unknown) => void
}

/** Looks from time to time whether the files hold something else than what is in use. The answer ends that. */
export function watchTlsFiles(files: TlsFiles, inUse: TlsMaterial, { intervalMs = 30_000, onRenewed, onError }: TlsWatch): () => void {
  let current = inUse
  const look = (): void => {
    try {
      const read = readTlsFiles(files)
      if (read.cert.equals(current.cert) && read.key.equals(current.key)) return
      onRenewed(read)
      current = read
    } catch (error) {
      onError(error)
    }
  }
  const timer = setInterval(look, intervalMs).unref()
  return () => clearInterval(timer)
}
