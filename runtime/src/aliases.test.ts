import { expect, test } from 'vitest'
import { aliasNames, resolveAliases } from './aliases.ts'

const resolve = (env: Record<string, string>) => resolveAliases(env, () => true)

test.each([
  [{ SERVER_PORT: ':8080' }, 'PORT', ':8080'],
  [{ KAFKA_BROKER: 'a:9092,b:9092' }, 'EVENT_LOG_URL', 'kafka://a:9092,b:9092'],
  [{ KAFKA_SERVICE: 'kafka.default.svc:9092' }, 'EVENT_LOG_URL', 'kafka://kafka.default.svc:9092'],
  [{ KAFKA_BROKER_URL: 'kafka://broker:9092' }, 'EVENT_LOG_URL', 'kafka://broker:9092'],
  [{ CASSANDRA_CLUSTER: 'cassandra' }, 'COUNTER_STORE_URL', 'cassandra://cassandra:9042/'],
  [
    { CASSANDRA_CLUSTER: 'a,b:9043', CASSANDRA_USER: 'u', CASSANDRA_PASSWORD: 'p@ss/w', CASSANDRA_KEYSPACE: 'ks' },
    'COUNTER_STORE_URL',
    'cassandra://u:p%40ss%2Fw@a:9042,b:9043/ks',
  ],
  [
    { DB_DRIVER: 'mysql', DB_SOURCE: 'root:root@tcp(mysql.default.svc.cluster.local:3306)/transactional' },
    'ROW_STORE_URL',
    'mysql://root:root@mysql.default.svc.cluster.local:3306/transactional',
  ],
  [{ DB_SOURCE: 'root:a:b@c@tcp(db)/t?parseTime=true' }, 'ROW_STORE_URL', 'mysql://root:a%3Ab%40c@db:3306/t'],
])('%j is read as %s', (env, name, value) => {
  expect(resolve(env as Record<string, string>)).toMatchObject({ values: { [name]: value }, faults: [] })
})

test('the proper name wins over its aliases, and the first alias over the next', () => {
  expect(resolve({ EVENT_LOG_URL: 'sqlite:x', KAFKA_BROKER: 'a:1' }).values['EVENT_LOG_URL']).toBe('sqlite:x')
  expect(resolve({ KAFKA_SERVICE: 'b:1', KAFKA_BROKER: 'a:1' }).values['EVENT_LOG_URL']).toBe('kafka://a:1')
})

test('an alias that has no translation is a fault that does not repeat its value', () => {
  const odd = resolve({ DB_SOURCE: 'root:hush@localhost' })
  expect(odd.faults).toEqual([
    { name: 'DB_SOURCE', problem: 'expected user:password@tcp(host:port)/database, with DB_DRIVER=mysql' },
  ])
  expect(resolve({ DB_DRIVER: 'postgres', DB_SOURCE: 'root:root@tcp(db:3306)/t' }).faults).toHaveLength(1)
})

test('what is not wanted is neither filled nor refused', () => {
  const none = resolveAliases({ DB_SOURCE: 'odd', SERVER_PORT: '1' }, () => false)
  expect(none).toEqual({ values: { DB_SOURCE: 'odd', SERVER_PORT: '1' }, origins: {}, faults: [] })
})

test('every alias and every part of one is named once', () => {
  expect(new Set(aliasNames).size).toBe(aliasNames.length)
  expect(aliasNames).toContain('CASSANDRA_PASSWORD')
})
