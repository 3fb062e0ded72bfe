import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { serverImages } from '@twofold/end-to-end/server-images.ts'
import { describe, expect, test } from 'vitest'
import { parse } from 'yaml'
import root from '../package.json' with { type: 'json' }
import { images, services } from './services.ts'

const folder = join(import.meta.dirname, '..')
const read = (path: string) => readFileSync(join(folder, path), 'utf8')
const names = services.map(({ name }) => name).toSorted()

interface ComposeService {
  readonly image: string
  readonly build?: { readonly args?: { readonly SERVICE: string; readonly ENTRY?: string } }
  readonly ports?: readonly string[]
  readonly read_only?: boolean
  readonly mem_limit?: string
  readonly environment?: Readonly<Record<string, string>>
  readonly cap_drop?: readonly string[]
}

const compose = (parse(read('compose.yaml'), { merge: true }) as { services: Record<string, ComposeService> }).services
const builtHere = Object.entries(compose).filter(([, { image }]) => image.startsWith('twofold/'))

/** The path prefix under which the proxy reaches each backend. */
function prefixesInProxy(): Record<string, string> {
  const rules = read('compose/proxy/haproxy.cfg').matchAll(/^ +use_backend (\S+) if .*path_beg (\/\S+)\//gm)
  return Object.fromEntries([...rules].map(([, backend, prefix]) => [backend!, prefix!]))
}

test('every folder that is a service is in the list, and nothing else is', () => {
  const tools = ['benchmarks'] // the other workspace with a main.ts
  const found = readdirSync(folder).filter((name) => existsSync(join(folder, name, 'src/main.ts')) && !tools.includes(name))
  expect(found.toSorted()).toEqual(names)
})

describe('compose.yaml', () => {
  test('runs exactly the services, each from its own image of this version', () => {
    const own = builtHere.filter(([, { build }]) => names.includes(build?.args?.SERVICE ?? ''))
    expect(own.map(([name]) => name).toSorted()).toEqual(names)
    for (const [name, { image, build }] of own) expect([image, build?.args?.SERVICE]).toEqual([`twofold/${name}:${root.version}`, name])
  })

  test('builds the tools as the list says', () => {
    const { name, workspace, entry } = images.find((image) => image.workspace === 'scripts')!
    for (const tool of ['simulate', 'verify']) {
      expect(compose[tool]).toMatchObject({ image: `twofold/${name}:${root.version}`, build: { args: { SERVICE: workspace, ENTRY: entry } } })
    }
  })

  test('publishes one port on the loopback interface, and the one of the profile that shows topics', () => {
    const published = Object.entries(compose).flatMap(([name, { ports = [] }]) => ports.map((port) => [name, port]))
    expect(published).toEqual([
      ['proxy', '${LISTEN:-127.0.0.1:8080}:8080'],
      ['kafka-ui', '127.0.0.1:${KAFKA_UI_PORT:-8081}:8080'],
    ])
  })

  test('tells every service where its port is published, and lets nobody in without a key elsewhere', () => {
    for (const name of names) {
      expect(compose[name]?.environment).toMatchObject({ PUBLISHED_AT: '${LISTEN:-127.0.0.1:8080}', ALLOW_ANONYMOUS: '${ALLOW_ANONYMOUS:-}' })
    }
  })

  test('gives what is built here a root that cannot be written and no capabilities', () => {
    for (const [, service] of builtHere) expect(service).toMatchObject({ read_only: true, cap_drop: ['ALL'] })
  })

  test('limits the memory of all that `up` starts', () => {
    const unlimited = Object.entries(compose).filter(([, { mem_limit: limit }]) => limit === undefined).map(([name]) => name)
    expect(unlimited).toEqual(['simulate', 'verify'])
  })
})

test('compose.yaml and the chart run the servers that the tests run on', () => {
  const { servers } = parse(read('helm/values.yaml')) as { servers: Record<string, { image: string }> }
  const imagesOf = (from: Record<string, { image: string }>) => Object.fromEntries(Object.keys(serverImages).map((name) => [name, from[name]?.image]))
  expect([imagesOf(compose), imagesOf(servers)]).toEqual([serverImages, serverImages])
})

describe('one set of paths', () => {
  const prefixes = Object.fromEntries(services.flatMap(({ name, prefix }) => (prefix ? [[name, prefix]] : [])))

  test('in the proxy', () => {
    expect(prefixesInProxy()).toEqual(prefixes)
  })

  test('in the chart', () => {
    const chart = (parse(read('helm/values.yaml')) as { services: Record<string, { ingress?: { prefix: string } }> }).services
    expect(Object.keys(chart).toSorted()).toEqual(names)
    expect(Object.fromEntries(Object.entries(chart).flatMap(([name, { ingress }]) => (ingress ? [[name, ingress.prefix]] : [])))).toEqual(prefixes)
  })

  test('in one process', () => {
    const below = [...read('scripts/embedded.ts').matchAll(/below\('([^']+)'/g)].map(([, name]) => name!)
    expect(below.toSorted()).toEqual(Object.keys(prefixes).toSorted())
  })
})
