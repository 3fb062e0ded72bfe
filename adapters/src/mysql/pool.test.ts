import { expect, test } from 'vitest'
import { createMysqlPool } from './pool.ts'

test.each(['127.0.0.1', '10.0.0.5', '[::1]'])('over TLS the address %s is refused, as nobody would look whether the certificate is for it', (host) => {
  const secured = (): unknown => createMysqlPool(`mysql://${host}/twofold`, { tls: {} })
  expect(secured).toThrow(expect.objectContaining({ code: 'INVALID_CONFIG', message: expect.stringContaining('name of a host') as string }))
})
