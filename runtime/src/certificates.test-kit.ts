// oxlint-disable-next-line import/no-unassigned-import -- x509 needs it to be there first
import 'reflect-metadata'
import { randomUUID, webcrypto } from 'node:crypto'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import * as x509 from '@peculiar/x509'

/** Paths of PEM files. */
export interface Certificate {
  readonly certFile: string
  readonly keyFile: string
}

/** Somebody who signs certificates, for tests: everything is in one folder. */
export interface Authority {
  readonly caFile: string
  /** A certificate for 127.0.0.1 and localhost unless other names are given, that ends in a month or then. */
  issue(name: string, options?: IssueOptions): Promise<Certificate>
}

export type AltNames = readonly { readonly type: 'ip' | 'dns'; readonly value: string }[]

interface IssueOptions {
  readonly until?: Date
  readonly altNames?: AltNames
}

const dayMs = 86_400_000
const ownNames: AltNames = [{ type: 'ip', value: '127.0.0.1' }, { type: 'dns', value: 'localhost' }]
const signing = { name: 'RSASSA-PKCS1-v1_5', hash: 'SHA-256', publicExponent: new Uint8Array([1, 0, 1]), modulusLength: 2048 }

export async function createAuthority(folder: string, name = 'authority'): Promise<Authority> {
  const keys = await createKeys()
  const authority = await x509.X509CertificateGenerator.createSelfSigned({
    ...termsOf(inDays(30)),
    name: `CN=${name}`,
    keys,
    signingAlgorithm: signing,
    extensions: [new x509.BasicConstraintsExtension(true, undefined, true)],
  })
  const caFile = join(folder, `${name}.pem`)
  await writeFile(caFile, `${authority.toString('pem')}\n`)
  return {
    caFile,
    async issue(subject, { until = inDays(30), altNames = ownNames } = {}) {
      const own = await createKeys()
      const certificate = await x509.X509CertificateGenerator.create({
        ...termsOf(until),
        subject: `CN=${subject}`,
        issuer: authority.subject,
        publicKey: own.publicKey,
        signingKey: keys.privateKey,
        signingAlgorithm: signing,
        extensions: [new x509.SubjectAlternativeNameExtension([...altNames])],
      })
      const [certFile, keyFile] = [join(folder, `${subject}.pem`), join(folder, `${subject}.key`)]
      const key = x509.PemConverter.encode(await webcrypto.subtle.exportKey('pkcs8', own.privateKey), 'PRIVATE KEY')
      await Promise.all([writeFile(certFile, `${certificate.toString('pem')}\n`), writeFile(keyFile, `${key}\n`)])
      return { certFile, keyFile }
    },
  }
}

/** Ended yesterday. */
export const expired = { until: inDays(-1) }

async function createKeys(): Promise<webcrypto.CryptoKeyPair> {
  return webcrypto.subtle.generateKey(signing, true, ['sign', 'verify'])
}

function inDays(days: number): Date {
  return new Date(Date.now() + days * dayMs)
}

function termsOf(until: Date) {
  return { serialNumber: randomUUID().replaceAll('-', ''), notBefore: new Date(until.getTime() - 60 * dayMs), notAfter: until }
}

/** Certificate and key in the order that servers want them, as text. */
export async function readCertificate({ certFile, keyFile }: Certificate): Promise<{ cert: string; key: string }> {
  const [cert, key] = await Promise.all([readFile(certFile, 'utf8'), readFile(keyFile, 'utf8')])
  return { cert, key }
}
