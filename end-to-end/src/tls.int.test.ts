import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createServer } from 'node:tls'
import { inspect } from 'node:util'
import { openCounterStore, openEventLog, openRowStore, type Surroundings } from '@twofold/adapters/open.ts'
import { readSecurity } from '@twofold/adapters/store-security.ts'
import { silentLogger } from '@twofold/runtime/logger.ts'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Authority, type Certificate, createAuthority, expired, readCertificate } from '@twofold/runtime/certificates.test-kit.ts'
import { login, startTlsCassandra, startTlsKafka, startTlsMysql } from './tls-servers.test-kit.ts'

// What is said to the stores, and who they are: on servers that speak nothing but TLS.

const surroundings: Surroundings = { now: () => Date.now(), logger: silentLogger }
const untrusted = /not of an authority that is trusted here/
const hasExpired = /the server's certificate has expired/

let folder: string
let authority: Authority
let stranger: Authority
let client: Certificate
let kafka: Awaited<ReturnType<typeof startTlsKafka>>
let cassandra: Awaited<ReturnType<typeof startTlsCassandra>>
let mysql: Awaited<ReturnType<typeof startTlsMysql>>
let starting: readonly Promise<{ stop(): Promise<unknown> }>[] = []

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'twofold-tls-'))
  authority = await createAuthority(folder)
  stranger = await createAuthority(folder, 'stranger')
  client = await authority.issue('client')
  const started = [startTlsKafka(folder, authority), startTlsCassandra(folder, authority), startTlsMysql(authority)] as const
  starting = started
  ;[kafka, cassandra, mysql] = await Promise.all(started)
})
afterAll(async () => {
  // Also when one of them did not start.
  await Promise.all(starting.map((server) => server.then(({ stop }) => stop(), () => {})))
  await rm(folder, { recursive: true, force: true })
})

/** The variables of a store, without its name. */
type Variables = Readonly<Record<string, string | boolean>>

const withName = (name: string, variables: Variables) =>
  Object.fromEntries(Object.entries(variables).map(([part, value]) => [`${name}_${part}`, value]))

const trusting = (): Variables => ({ TLS: true, CA_FILE: authority.caFile })
const certified = (): Variables => ({ CERT_FILE: client.certFile, KEY_FILE: client.keyFile })
const named = (username: string, password: string): Variables => ({ USERNAME: username, PASSWORD: password })

/** What the attempt was refused with; the password is never part of it. */
async function refusal(opening: Promise<{ close(): Promise<void> }>, password = login.password) {
  const error = await opening.then(async (store) => store.close(), (reason: unknown) => reason as Error & { code: string })
  if (!error) return { code: 'opened', message: '' }
  expect(inspect(error, { depth: 10 })).not.toContain(password)
  return { code: error.code, message: error.message }
}

describe('Kafka', () => {
  const open = (url: string, variables: Variables) => openEventLog(url, surroundings, readSecurity('EVENT_LOG', withName('EVENT_LOG', variables)))
  const scram = (password: string): Variables => ({ ...trusting(), ...named(login.username, password), SASL: 'scram-sha-512' })

  test.each([
    ['a certificate of ours', () => open(kafka.mutualUrl, { ...trusting(), ...certified() })],
    ['SCRAM', () => open(kafka.scramUrl, scram(login.password))],
  ])('with %s everything works: topics, appends, reads', async (how, opening) => {
    const log = await opening()
    const topic = `tls-${how.length}`
    await log.createTopics([topic], { partitions: 1, retentionMs: 3_600_000 })
    await log.append(topic, [{ key: 'k', value: Buffer.from('v'), headers: {} }])
    expect(await log.readBounds(topic)).toMatchObject([{ end: 1 }])
    await log.close()
  })

  test('a broker that can not be trusted is refused, and why is said in plain words', async () => {
    const wrongCa = await refusal(open(kafka.mutualUrl, { ...certified(), TLS: true, CA_FILE: stranger.caFile }))
    expect(wrongCa).toEqual({ code: 'LOG_UNAVAILABLE', message: expect.stringMatching(untrusted) as string })
    const tooOld = await refusal(open(kafka.expiredUrl, trusting()))
    expect(tooOld).toEqual({ code: 'LOG_UNAVAILABLE', message: expect.stringMatching(hasExpired) as string })
  })

  test('without our certificate, without TLS and with a wrong password nobody gets in', async () => {
    const [uncertified, plain, wrong] = await Promise.all([
      refusal(open(kafka.mutualUrl, trusting())),
      refusal(open(kafka.scramUrl, { ...scram(login.password), TLS: false })),
      refusal(open(kafka.scramUrl, scram('wrong-password')), 'wrong-password'),
    ])
    expect([uncertified.code, plain.code]).toEqual(['LOG_UNAVAILABLE', 'LOG_UNAVAILABLE'])
    expect(wrong).toEqual({ code: 'INVALID_CONFIG', message: 'Kafka refuses the login' })
  })
})

describe('Cassandra', () => {
  const open = (variables: Variables, url = cassandra.url) =>
    openCounterStore(url, 3_600_000, surroundings, readSecurity('COUNTER_STORE', withName('COUNTER_STORE', variables)))
  const good = (): Variables => ({ ...trusting(), ...certified(), ...named('cassandra', 'cassandra') })

  test('with our certificate and a login it opens and answers', async () => {
    const counters = await open(good())
    await counters.ping()
    await counters.close()
  })

  test('a node that can not be trusted is refused, and so is who has no certificate, no TLS or a wrong password', async () => {
    const refused = (message: RegExp) => ({ code: 'STORE_UNAVAILABLE', message: expect.stringMatching(message) as string })
    expect(await refusal(open({ ...good(), CA_FILE: stranger.caFile }))).toEqual(refused(untrusted))
    expect(await refusal(open({ ...trusting(), ...named('cassandra', 'cassandra') }))).toEqual(refused(/no node can answer/))
    expect(await refusal(open({ ...good(), TLS: false }))).toEqual(refused(/no node can answer/))
    expect(await refusal(open({ ...good(), PASSWORD: 'wrong-password' }), 'wrong-password')).toEqual(refused(/username .* password/i))
  })

  test('a certificate that has expired is refused, and so is one for another host', async () => {
    for (const [name, options, message] of [['old', expired, hasExpired], ['other', { altNames: [{ type: 'dns', value: 'elsewhere.example' }] }, /for another host/]] as const) {
      const node = createServer(await readCertificate(await authority.issue(name, options))).on('tlsClientError', () => {})
      node.on('secureConnection', (socket) => socket.on('error', () => {}))
      await once(node.listen(0, '127.0.0.1'), 'listening')
      const url = `cassandra://127.0.0.1:${(node.address() as AddressInfo).port}/twofold`
      expect(await refusal(open(good(), url))).toEqual({ code: 'STORE_UNAVAILABLE', message: expect.stringMatching(message) as string })
      node.close()
    }
  })
})

describe('MySQL', () => {
  const open = (variables: Variables) => openRowStore(mysql.url, [], surroundings, readSecurity('ROW_STORE', withName('ROW_STORE', variables)))
  const good = (): Variables => ({ ...trusting(), ...named(login.username, login.password) })

  test('with a login over TLS it opens and answers', async () => {
    const rows = await open(good())
    await rows.ping()
    await rows.close()
  })

  test('a server that can not be trusted is refused, and so is who has no TLS or a wrong password', async () => {
    expect(await refusal(open({ ...good(), CA_FILE: stranger.caFile }))).toEqual({ code: 'STORE_UNAVAILABLE', message: expect.stringMatching(untrusted) as string })
    expect(await refusal(open({ ...good(), TLS: false }))).toMatchObject({ code: 'INVALID_CONFIG' })
    expect(await refusal(open({ ...good(), PASSWORD: 'wrong-password' }), 'wrong-password')).toMatchObject({ code: 'INVALID_CONFIG' })
  })

  test('a certificate that has expired while the server ran is refused', async () => {
    await mysql.showExpired()
    expect(await refusal(open(good()))).toEqual({ code: 'STORE_UNAVAILABLE', message: expect.stringMatching(hasExpired) as string })
  })
})
