import { once } from 'node:events'
import { connect } from 'node:net'
import { describe, expect, test } from 'vitest'
import { sharedServer, type ServerName } from './containers.ts'

const bytes = (hex: string) => Buffer.from(hex.replaceAll(' ', ''), 'hex')

// The first bytes of a conversation, in each server's own protocol: a port that accepts proves nothing (see
// containers.ts), an answer does.
const hello: Record<ServerName, Buffer> = {
  // ApiVersions, version 0, correlation id 7, no client id
  kafka: bytes('0000000a 0012 0000 00000007 ffff'),
  // OPTIONS, protocol version 4
  cassandra: bytes('04 00 0000 05 00000000'),
  // MySQL's server speaks first.
  mysql: bytes(''),
}

const answersWithin = async (name: ServerName, timeoutMs: number) => {
  const { hostname, port } = new URL(sharedServer(name).url)
  const socket = connect(Number(port), hostname)
  try {
    socket.write(hello[name])
    await once(socket, 'data', { signal: AbortSignal.timeout(timeoutMs) })
    return true
  } catch {
    return false
  } finally {
    socket.destroy()
  }
}

describe.each<ServerName>(['kafka', 'cassandra', 'mysql'])('%s', (name) => {
  test('answers on the same port after it was killed, and after it was stopped', async () => {
    const { container } = sharedServer(name)
    for (const end of [container.kill, container.stop]) {
      await end()
      expect(await answersWithin(name, 1000)).toBe(false)
      await container.start()
      expect(await answersWithin(name, 5000)).toBe(true)
    }
  })

  test('is silent while it is paused', async () => {
    const { container } = sharedServer(name)
    await container.pause()
    expect(await answersWithin(name, 1000)).toBe(false)
    await container.unpause()
    expect(await answersWithin(name, 5000)).toBe(true)
  })
})
