import { once } from 'node:events'
import { copyFileSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { connect as connectPlain } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { connect } from 'node:tls'
import { Router } from 'express'
import { expect, onTestFinished, test } from 'vitest'
import { createAuthority } from './certificates.test-kit.ts'
import { createHttpApp, listen } from './http-server.ts'
import { silentLogger } from './logger.ts'
import { createMetrics } from './metrics.ts'
import { readTlsFiles, type TlsFiles, type TlsMaterial, watchTlsFiles } from './tls-files.ts'

const folder = mkdtempSync(join(tmpdir(), 'twofold-serve-'))
process.once('exit', () => rmSync(folder, { recursive: true, force: true }))

const issue = async (name: string): Promise<TlsFiles> => (await createAuthority(folder, `of-${name}`)).issue(name)
const [first, second] = [await issue('first'), await issue('second')]
const ca = ['of-first.pem', 'of-second.pem'].map((file) => readFileSync(join(folder, file)))

async function serve(options: Partial<Parameters<typeof listen>[1]> = {}) {
  const refused: unknown[] = []
  const routers = [Router().get('/hello', (_req, res) => void res.json('hello'))]
  const app = createHttpApp({ logger: silentLogger, metrics: createMetrics({ service: 'test' }), routers, isHttps: options.tls !== undefined })
  const noteRefusal = (reason: string, fields?: object): void => void refused.push({ reason, ...fields })
  const listener = await listen(app, { host: '127.0.0.1', port: 0, noteRefusal, ...options })
  onTestFinished(() => listener.close(0))
  return { ...listener, refused }
}

/** The name in the certificate that the server shows to who trusts these two, and its answer. */
async function ask(port: number) {
  const socket = connect({ host: '127.0.0.1', port, ca })
  await once(socket, 'secureConnect')
  const name = socket.getPeerCertificate().subject.CN
  socket.write('GET /hello HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n')
  return { name, answer: await text(socket) }
}

test('with a certificate it speaks HTTPS, tells browsers to stay with it, and takes up a new certificate while it runs', async () => {
  const { port, url, renewTls } = await serve({ tls: readTlsFiles(first) })
  expect(url).toBe(`https://127.0.0.1:${port}`)
  const { name, answer } = await ask(port)
  expect([name, answer]).toEqual(['first', expect.stringMatching(/^HTTP\/1\.1 200 OK\r\n[^]*Strict-Transport-Security: max-age=\d+\r\n/)])
  renewTls(readTlsFiles(second))
  expect((await ask(port)).name).toBe('second')
})

test('closing over TLS ends idle connections at once, and those in the middle of a handshake after the grace', async () => {
  const { port, close } = await serve({ tls: readTlsFiles(first) })
  const idle = connect({ host: '127.0.0.1', port, ca })
  await once(idle, 'secureConnect')
  const silent = connectPlain(port, '127.0.0.1')
  await once(silent, 'connect')
  const ended = [idle, silent].map((socket) => once(socket.resume(), 'close'))
  await close(100)
  await Promise.all(ended)
})

test('without TLS no answer speaks of it', async () => {
  const { url } = await serve()
  const { headers } = await fetch(`${url}/hello`)
  expect(headers.get('strict-transport-security')).toBeNull()
  expect(headers.get('content-security-policy')).toBe("default-src 'none';frame-ancestors 'none';base-uri 'none';form-action 'none'")
})

test('one connection too many is closed, and let in once there is room', async () => {
  const { port, url, refused } = await serve({ maxConnections: 1 })
  const held = connectPlain(port, '127.0.0.1')
  await once(held, 'connect')
  await expect(fetch(`${url}/hello`)).rejects.toThrow()
  expect(refused).toEqual([{ reason: 'connections' }])
  held.destroy()
  await expect.poll(() => fetch(`${url}/hello`).then(({ status }) => status, () => 0)).toBe(200)
})

test.each([
  ['a file that is not there', { certFile: '/nowhere/x.pem', keyFile: first.keyFile }, "TLS_CERT_FILE names a file that can't be read"],
  ['a key of another certificate', { certFile: first.certFile, keyFile: second.keyFile }, 'TLS_CERT_FILE and TLS_KEY_FILE can not be used: ERR_OSSL_X509_KEY_VALUES_MISMATCH'],
  ['what is no certificate', { certFile: first.keyFile, keyFile: first.keyFile }, /TLS_CERT_FILE and TLS_KEY_FILE can not be used: \w+$/],
])('%s is refused with its reason', (_what, files, reason) => {
  expect(() => readTlsFiles(files)).toThrow(reason)
  expect(() => readTlsFiles(files)).toThrow(expect.objectContaining({ code: 'INVALID_CONFIG' }))
})

test('a renewal is taken up once certificate and key belong together', async () => {
  const files = await issue('watched')
  const renewed = Promise.withResolvers<TlsMaterial>()
  const broken = Promise.withResolvers<unknown>()
  const stop = watchTlsFiles(files, readTlsFiles(files), { intervalMs: 20, onRenewed: renewed.resolve, onError: broken.resolve })
  onTestFinished(stop)
  copyFileSync(second.certFile, files.certFile)
  expect(await broken.promise).toMatchObject({ code: 'INVALID_CONFIG' })
  copyFileSync(second.keyFile, files.keyFile)
  expect((await renewed.promise).cert).toEqual(readTlsFiles(second).cert)
})
