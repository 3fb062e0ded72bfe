import { describe, expect, test } from 'vitest'
import { parseCassandraAddress } from './address.ts'

describe('a Cassandra address', () => {
  test('needs hosts and a keyspace only', () => {
    expect(parseCassandraAddress('cassandra://localhost/twofold')).toEqual({
      contactPoints: ['localhost'], keyspace: 'twofold', replication: 1,
    })
  })

  test('may name several hosts, a user, a data centre and a replication factor', () => {
    const url = 'cassandra://me:p%40ss%3A@a.b,10.0.0.1:9142,[::1]:9042/analytics?dc=eu-west&replication=3'
    expect(parseCassandraAddress(url)).toEqual({
      contactPoints: ['a.b', '10.0.0.1:9142', '[::1]:9042'],
      credentials: { username: 'me', password: 'p@ss:' },
      keyspace: 'analytics',
      dataCenter: 'eu-west',
      replication: 3,
    })
  })

  const wrong = [
    'mysql://localhost/twofold',
    'cassandra://localhost',
    'cassandra:///twofold',
    'cassandra://a,,b/twofold',
    'cassandra://localhost/Two"fold',
    'cassandra://localhost/twofold?replication=0',
    'cassandra://localhost/twofold?rf=3',
    "cassandra://localhost/twofold?dc='x",
    'cassandra://me:%E0%A4%A@localhost/twofold',
    'cassandra://me:secret@localhost:x/twofold',
  ]
  test.each(wrong)('is refused: %s', (url) => {
    expect(() => parseCassandraAddress(url)).toThrow(expect.objectContaining({ code: 'INVALID_CONFIG' }))
    expect(() => parseCassandraAddress(url)).not.toThrow(/secret/)
  })
})
