import { hash } from 'node:crypto'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { request as requestHttps } from 'node:https'
import { type AddressInfo, connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text as readAll } from 'node:stream/consumers'
import { createServer as createTlsServer } from 'node:tls'
import { gzipSync } from 'node:zlib'
import { io } from 'socket.io-client'
import { afterAll, afterEach, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import { type Authority, createAuthority, expired, readCertificate } from '@twofold/runtime/certificates.test-kit.ts'
import { type ServiceProcess, startProcess } from './child-process.ts'
import { until } from './client.ts'
import { freePort } from './free-port.ts'
import { startEmbedded, type System } from './system.ts'

// Each attack is refused, is logged without a secret, and leaves a service behind that goes on serving.

/** What must never be in a log. */
const secrets = { writer: 'tf_Wr1terWr1terWr1terWr1terWr1terWr1terWr1ter-', reader: 'reader-secret-of-another-form', stranger: 'stranger-secret' }
const keyOf = (id: keyof typeof secrets): string => `${id}.${secrets[id]}`
const entry = (id: keyof typeof secrets, scopes: string): string => `${id}:${scopes}:${hash('sha256', secrets[id])}`
const bearer = (id: keyof typeof secrets) => ({ authorization: `Bearer ${keyOf(id)}` })
const json = { 'content-type': 'application/json' }

const doorEnv = {
  API_KEYS: `${entry('writer', 'ingest')}\n${entry('reader', 'read')}`,
  MAX_BODY_BYTES: '100000',
  REQUEST_TIMEOUT_MS: '1000',
  LOG_LEVEL: 'info',
}

let folder: string
let authority: Authority
let system: System

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'twofold-attacks-'))
  authority = await createAuthority(folder)
  system = await startEmbedded(doorEnv)
})
afterAll(async () => {
  await system.close()
  await rm(folder, { recursive: true, force: true })
})

/** Lines of a process's log; a line that is not one of ours fails. */
function linesOf(running: ServiceProcess): Record<string, unknown>[] {
  const lines = running.output().split('\n').filter((line) => line !== '' && !line.startsWith('Twofold is at '))
  return lines.map((line) => {
    const fields = JSON.parse(line) as Record<string, unknown>
    expect(Object.keys(fields).slice(0, 4)).toEqual(['timestamp', 'level', 'service', 'msg'])
    return fields
  })
}

function expectNoSecrets(running: ServiceProcess): void {
  for (const secret of Object.values(secrets)) expect(running.output()).not.toContain(secret)
}

const logged = (reason: string, running = system.process('twofold')) =>
  until(async () => linesOf(running).filter((line) => line['msg'] === 'refused' && line['reason'] === reason), (lines) => lines.length > 0)

const url = (path: string): string => system.ingestUrl + path
const post = (path: string, body: string | Buffer, headers: Record<string, string>) =>
  fetch(url(path), { method: 'POST', body: typeof body === 'string' ? body : new Uint8Array(body), headers: { ...json, ...headers } })

/** Says exactly this, and answers with what came back until the connection ended. */
async function say(port: number, words: string): Promise<string> {
  const socket = connect(port, '127.0.0.1')
  const said = readAll(socket).catch(() => '')
  socket.write(words)
  return said
}

/** It goes on serving, and has said nothing that it must not. */
async function expectAlive(): Promise<void> {
  const answer = await post('/users', JSON.stringify([{ id: 'u-after', name: 'Ann' }]), bearer('writer'))
  expect(answer.status).toBe(200)
  expect((await fetch(url('/views/user-count'), { headers: bearer('reader') })).status).toBe(200)
  linesOf(system.process('twofold'))
  expectNoSecrets(system.process('twofold'))
}

const port = (): number => Number(new URL(system.ingestUrl).port)

describe('the embedded set with API keys', () => {
  afterEach(expectAlive)

  test('no key: 401 that says how to send one', async () => {
    for (const path of ['/views', '/views/user-count/stream', '/analytics', '/events', '/service-analytics/analytics', '/metrics', '/nowhere']) {
      const answer = await fetch(url(path))
      expect([path, answer.status, answer.headers.get('www-authenticate')]).toEqual([path, 401, 'Bearer realm="twofold"'])
    }
    expect((await post('/ingress/user', '{"name":"Ann"}', {})).status).toBe(401)
    await logged('no-key')
  })

  test('health, the description of the API and a preflight need no key', async () => {
    for (const path of ['/healthz', '/readyz', '/docs', '/openapi.json']) expect((await fetch(url(path))).status).toBe(200)
    expect((await fetch(url('/views'), { method: 'OPTIONS', headers: { Origin: 'https://foe.example' } })).status).toBe(204)
  })

  test('wrong key: 401, in either header, also with the id of a live one', async () => {
    const wrong = [bearer('stranger'), { 'x-api-key': keyOf('stranger') }, { 'x-api-key': `reader.${secrets.stranger}` }, { 'x-api-key': 'reader' }]
    for (const headers of wrong) {
      const answer = await fetch(url('/views'), { headers })
      expect([answer.status, answer.headers.get('www-authenticate')]).toEqual([401, 'Bearer realm="twofold", error="invalid_token"'])
    }
    await logged('unknown-key')
  })

  test('wrong scope: 403 that names the one it takes', async () => {
    const writing = await post('/users', '[]', bearer('reader'))
    expect([writing.status, writing.headers.get('www-authenticate')]).toEqual([403, 'Bearer realm="twofold", error="insufficient_scope", scope="ingest"'])
    expect(await writing.json()).toMatchObject({ detail: 'this key lacks the scope ingest', scope: 'ingest' })
    expect((await fetch(url('/views'), { headers: bearer('writer') })).status).toBe(403)
    expect((await fetch(url('/metrics'), { headers: bearer('reader') })).status).toBe(403)
    expect(await logged('scope')).toContainEqual(expect.objectContaining({ id: 'reader', scope: 'ingest' }))
  })

  test.each([
    ['a query', () => `/views?api_key=${keyOf('reader')}`],
    ['a query of any name', () => `/views?note=${keyOf('reader')}`],
    ['a path, escaped', () => `/views/${keyOf('writer').replaceAll(/./g, (letter) => `%${letter.charCodeAt(0).toString(16)}`)}`],
    ['a path that needs no key', () => `/healthz?token=${keyOf('stranger')}`],
  ])('key in the URL, as %s: 400 also beside a good header, and its answer does not repeat it', async (_where, path) => {
    const answer = await fetch(url(path()), { headers: bearer('reader') })
    const body = await answer.text()
    expect([answer.status, Object.values(secrets).filter((secret) => body.includes(secret))]).toEqual([400, []])
    await logged('key-in-url')
  })

  test('oversized body: 413, announced or not', async () => {
    const body = JSON.stringify([{ name: 'x'.repeat(200_000) }])
    expect((await post('/users', body, bearer('writer'))).status).toBe(413)
    const stream = new Blob([body]).stream()
    const unannounced = await fetch(url('/users'), { method: 'POST', body: stream, duplex: 'half', headers: { ...json, ...bearer('writer') } })
    expect(unannounced.status).toBe(413)
    await logged('too-large')
  })

  test('zip bomb: 413 before it is unpacked', async () => {
    const bomb = gzipSync(Buffer.alloc(64 * 1024 * 1024))
    expect((await post('/users', bomb, { ...bearer('writer'), 'content-encoding': 'gzip' })).status).toBe(413)
    await logged('too-large')
  })

  test('oversized headers: 431', async () => {
    const said = await say(port(), `GET /views HTTP/1.1\r\nHost: x\r\nX-Long: ${'x'.repeat(20_000)}\r\n\r\n`)
    expect(said).toMatch(/^HTTP\/1\.1 431 /)
    await logged('malformed')
  })

  test.each([
    ['slow body', () => `POST /users HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${keyOf('writer')}\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n[`],
    ['slow headers', () => `POST /users HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${keyOf('writer')}\r\nX-`],
  ])('%s: 408, and the connection is closed', async (_what, words) => {
    expect(await say(port(), words())).toMatch(/^HTTP\/1\.1 408 /)
    await logged('slow')
  })

  test('Origin not allowed on SSE: 403, and a page can not read anything else either', async () => {
    const headers = { ...bearer('reader'), Origin: 'https://foe.example' }
    for (const path of ['/events', '/views/emoji-count/stream']) expect((await fetch(url(path), { headers })).status).toBe(403)
    const pull = await fetch(url('/views'), { headers })
    expect(pull.headers.get('access-control-allow-origin')).toBeNull()
    await logged('origin')
  })

  test.each(['websocket', 'polling'])('Origin or key not allowed on socket.io over %s: refused', async (transport) => {
    const attempt = async (options: object): Promise<string> => {
      const socket = io(system.analyticsUrl, { transports: [transport], reconnection: false, forceNew: true, ...options })
      onTestFinished(() => void socket.close())
      return new Promise((resolve) => {
        socket.once('connect', () => resolve('connected'))
        socket.once('connect_error', (error) => resolve(error.message))
      })
    }
    const auth = { key: keyOf('reader') }
    expect(await attempt({ auth })).toBe('connected')
    expect(await attempt({ extraHeaders: bearer('reader') })).toBe('connected')
    expect(await attempt({})).toMatch(/^send a key/)
    expect(await attempt({ auth: { key: keyOf('stranger') } })).toBe('this key is not known')
    expect(await attempt({ auth: { key: keyOf('writer') } })).toBe('this key lacks the scope read')
    expect(await attempt({ extraHeaders: bearer('stranger') })).not.toBe('connected')
    expect(await attempt({ auth, query: { api_key: keyOf('reader') } })).not.toBe('connected')
    expect(await attempt({ auth, extraHeaders: { Origin: 'https://foe.example' } })).not.toBe('connected')
    expect(await logged('origin')).toContainEqual(expect.objectContaining({ at: 'socket.io' }))
  })

  test('header injection: what is in a path or a header never becomes a header of the answer', async () => {
    const line = '%0d%0aSet-Cookie:%20owned=1'
    for (const path of [`/nowhere${line}`, `/views/x${line}`, `/views?from=1${line}`]) {
      const answer = await fetch(url(path), { headers: { ...bearer('reader'), 'last-event-id': '\t owned' } })
      expect([answer.status < 500, answer.headers.has('set-cookie')]).toEqual([true, false])
    }
    const split = `GET /views HTTP/1.1\r\nHost: x\r\nX-API-Key: ${keyOf('reader')}\nSet-Cookie: owned=1\r\n\r\n`
    expect(await say(port(), split)).toMatch(/^HTTP\/1\.1 400 /)
    const smuggled = 'POST /users HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\nGET /metrics HTTP/1.1\r\n\r\n'
    expect(await say(port(), smuggled)).toMatch(/^HTTP\/1\.1 400 (?:(?!HTTP\/1\.1).)*$/s)
    await logged('malformed')
  })

  test('log injection: what a client says stays within one line, and within its field', async () => {
    const forged = '\n{"timestamp":"2026","level":"error","service":"twofold","msg":"forged"}\u2028\u0000\u001b[31m'
    const body = JSON.stringify([{ id: forged, name: forged }, { id: forged, name: 7 }])
    await post('/users', body, { ...bearer('writer'), traceparent: '00-zz' })
    await post(`/ingress/users?x=${encodeURIComponent(forged)}`, 'x'.repeat(200_000), bearer('writer'))
    await fetch(url(`/views/emoji-count${encodeURIComponent(forged)}/stream`), { headers: { ...bearer('reader'), Origin: 'https://foe.example' } })
    await logged('too-large')
    expect(linesOf(system.process('twofold')).filter(({ msg }) => msg === 'forged')).toEqual([])
  })

  test('a stored script in a name comes back as data that no browser runs', async () => {
    const script = `<script>alert(document.cookie)</script>${'<img src=x onerror=alert(1)>'.repeat(5)}`
    expect((await post('/user', JSON.stringify({ id: 'u-script', name: script }), bearer('writer'))).status).toBe(202)
    const read = async () => {
      const answer = await fetch(url('/analytics'), { headers: bearer('reader') })
      return { headers: answer.headers, body: (await answer.json()) as { longestNameUser: { name: string } | null } }
    }
    const { headers } = await until(read, ({ body }) => body.longestNameUser?.name === script)
    expect(headers.get('content-type')).toMatch(/^application\/json/)
    expect(headers.get('x-content-type-options')).toBe('nosniff')
    expect(headers.get('content-security-policy')).toMatch(/^default-src 'none';/)
    const page = await fetch(url('/docs'))
    expect(page.headers.get('content-security-policy')).toMatch(/^default-src 'none'; style-src 'sha256-[^']+'; frame-ancestors 'none'/)
  })
})

describe('a service with TLS', () => {
  const start = (env: Record<string, string>): ServiceProcess => {
    const running = startProcess('ingest/src/main.ts', { ...doorEnv, ...env })
    onTestFinished(async () => void (await running.end('SIGTERM')))
    return running
  }
  const statusOf = async (address: string, ca: string): Promise<number> => {
    const [response] = (await once(requestHttps(address, { ca }).end(), 'response')) as [{ statusCode: number; resume(): void }]
    response.resume()
    return response.statusCode
  }

  test('a plain-text client on its port: not answered, and the next one over TLS is', async () => {
    const { certFile, keyFile } = await authority.issue('service')
    const [tlsPort, metricsPort] = [await freePort(), await freePort()]
    const running = start({
      PORT: String(tlsPort), METRICS_PORT: String(metricsPort), EVENT_LOG_URL: `sqlite:${folder}/tls.db`,
      TLS_CERT_FILE: certFile, TLS_KEY_FILE: keyFile,
    })
    const { cert: ca } = await readCertificate({ certFile: authority.caFile, keyFile })
    await until(() => fetch(`http://127.0.0.1:${metricsPort}/readyz`).then(({ ok }) => ok, () => false), Boolean)
    expect(await say(tlsPort, `GET /views HTTP/1.1\r\nHost: x\r\nX-API-Key: ${keyOf('reader')}\r\n\r\n`)).not.toContain('HTTP/1.1 ')
    await logged('tls', running)
    expect(await statusOf(`https://localhost:${tlsPort}/healthz`, ca)).toBe(200)
    // What is for those who watch has moved to the other port.
    expect(await statusOf(`https://localhost:${tlsPort}/metrics`, ca)).toBe(401)
    expect((await fetch(`http://127.0.0.1:${metricsPort}/metrics`)).status).toBe(200)
    expect((await fetch(`http://127.0.0.1:${metricsPort}/users`)).status).toBe(404)
    expectNoSecrets(running)
  })

  test('an expired certificate of the event log: refused before the password is sent, and told in plain words', async () => {
    const broker = createTlsServer(await readCertificate(await authority.issue('expired', expired)))
    const received: Buffer[] = []
    broker.on('secureConnection', (socket) => socket.on('data', (chunk) => received.push(chunk)).on('error', () => {}))
    broker.on('tlsClientError', () => {})
    await once(broker.listen(0, '127.0.0.1'), 'listening')
    onTestFinished(() => void broker.close())
    const [ownPort, metricsPort] = [await freePort(), await freePort()]
    const running = start({
      PORT: String(ownPort), METRICS_PORT: String(metricsPort), EVENT_LOG_URL: `kafka://127.0.0.1:${(broker.address() as AddressInfo).port}`,
      EVENT_LOG_TLS: 'true', EVENT_LOG_CA_FILE: authority.caFile,
      EVENT_LOG_SASL: 'scram-sha-512', EVENT_LOG_USERNAME: 'ingest', EVENT_LOG_PASSWORD: secrets.stranger,
    })
    const read = () => fetch(`http://127.0.0.1:${metricsPort}/readyz`).then(async (answer) => [answer.status, await answer.text()] as const, () => [0, ''] as const)
    const [status] = await until(read, ([, body]) => body.includes('certificate has expired'), 40_000)
    expect(status).toBe(503)
    expect((await fetch(`http://127.0.0.1:${ownPort}/healthz`)).status).toBe(200)
    // Strangers are told the parts, not what their servers are.
    expect(await (await fetch(`http://127.0.0.1:${ownPort}/readyz`)).json()).toMatchObject({ missing: expect.arrayContaining(['event log']) })
    await until(async () => running.output(), (output) => output.includes("the server's certificate has expired"))
    expect(received).toEqual([])
    expectNoSecrets(running)
  })
})

describe('a door that stands open by accident', () => {
  test.each<[Record<string, string>, RegExp]>([
    [{ HOST: '0.0.0.0' }, /HOST: others than this machine could come in/],
    [{ HOST: '::', API_KEYS: '' }, /HOST: others than this machine could come in/],
    [{ API_KEYS: `web:everything:${hash('sha256', secrets.stranger)}` }, /API_KEYS: entry 1: expected <id>:/],
    [{ API_KEYS: keyOf('reader') }, /API_KEYS: entry 1: expected <id>:/],
    [{ API_KEYS: ', ,', ALLOW_ANONYMOUS: 'true' }, /API_KEYS: holds no entry/],
    [{ TLS_CERT_FILE: '/nowhere/cert.pem' }, /TLS_KEY_FILE: is required with TLS_CERT_FILE/],
  ])('%j: the service refuses to start and says why', async (env, reason) => {
    const running = startProcess('ingest/src/main.ts', { EVENT_LOG_URL: `sqlite:${folder}/none.db`, PORT: '0', ...env })
    expect(await running.ended()).toBe(2)
    expect(running.output()).toMatch(reason)
    expectNoSecrets(running)
  })
})
