import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { type AddressInfo, connect, createServer } from 'node:net'
import { text } from 'node:stream/consumers'
import { expect, onTestFinished, test, vi } from 'vitest'

async function freePort(): Promise<number> {
  const probe = createServer().listen(0, '127.0.0.1')
  await once(probe, 'listening')
  const { port } = probe.address() as AddressInfo
  probe.close()
  await once(probe, 'close')
  return port
}

/** A real process of a service that starts like this. Where it waits for `told`, it goes on when its stdin gets a line. */
function spawnService(port: number, start: string, more = ''): ChildProcess {
  const at = (file: string) => JSON.stringify(new URL(file, import.meta.url).href)
  const script = `
    import { once } from 'node:events'
    import { Router } from ${JSON.stringify(import.meta.resolve('express'))}
    import { z } from ${JSON.stringify(import.meta.resolve('zod'))}
    import { runService } from ${at('./run-service.ts')}
    import { httpFields } from ${at('./settings.ts')}
    const told = once(process.stdin, 'data')
    const accept = (socket) => socket.write('HTTP/1.1 101 Switching Protocols\\r\\nConnection: Upgrade\\r\\nUpgrade: x\\r\\n\\r\\n')
    await runService({ name: 'test', schema: z.object(httpFields), env: process.env, ${more} async start(context) {
      ${start}
      return [Router().get('/hello', (_req, res) => res.json('hello'))]
    } })`
  const child = spawn(process.execPath, ['--input-type=module', '-e', script], { env: { ...process.env, PORT: String(port) } })
  onTestFinished(() => void child.kill('SIGKILL'))
  return child
}

/** Asks for another protocol; `said` is what came back until the connection ended. */
async function ask(port: number, protocol = 'websocket', path = '/hello') {
  const socket = connect(port, '127.0.0.1')
  await once(socket, 'connect')
  const said = text(socket)
  // From now on: an answer may come before anybody else gets to listen.
  const answered = once(socket, 'data')
  answered.catch(() => {})
  socket.write(`GET ${path} HTTP/1.1\r\nHost: x\r\nConnection: Upgrade, close\r\nUpgrade: ${protocol}\r\n\r\n`)
  return { socket, said, answered }
}

const status = async (port: number, protocol?: string): Promise<string> => (await (await ask(port, protocol)).said).slice(9, 12)

test('another protocol on the port waits for the start like every route, and takes its own requests only', async () => {
  const port = await freePort()
  const child = spawnService(port, `
    context.attach((server) => server.on('upgrade', (_req, socket) => { accept(socket); socket.end() }))
    await told`)
  await vi.waitFor(() => status(port), 10_000)
  expect([await status(port), await status(port, 'h2c')]).toEqual(['503', '503'])
  child.stdin!.write('go on\n')
  await vi.waitFor(async () => expect(await status(port)).toBe('101'), 10_000)
  // HTTP/2 is only an offer: the answer in HTTP/1.1 is as good.
  expect(await status(port, 'h2c')).toBe('200')
})

test('without another protocol an offer to change to one is an ordinary request', async () => {
  const port = await freePort()
  spawnService(port, '')
  await vi.waitFor(async () => expect(await status(port)).toBe('200'), 10_000)
})

test('a stop tells the connections of another protocol first, and ends those that stay open', async () => {
  const port = await freePort()
  const child = spawnService(port, `
    context.attach((server) => server.on('upgrade', (req, socket) => {
      accept(socket)
      if (req.url === '/polite') context.signal.addEventListener('abort', () => socket.write('bye'))
      else socket.resume()
    }))
    context.onStop('store', () => console.log('store closed'))`)
  const lines = text(child.stdout!)
  await vi.waitFor(() => status(port, 'none'), 10_000)
  const [polite, deaf] = [await ask(port, 'websocket', '/polite'), await ask(port, 'websocket', '/deaf')]
  await Promise.all([polite.answered, deaf.answered])
  child.kill('SIGTERM')
  expect((await once(child, 'exit'))[0]).toBe(0)
  expect(await polite.said).toMatch(/bye$/)
  expect(await deaf.said).toMatch(/^HTTP\/1\.1 101 /)
  expect(await lines).toContain('store closed')
})

test('a job has no server for another protocol', async () => {
  const child = spawnService(0, `
    context.attach(() => console.log('attached'))
    context.stop()`, 'isJob: true,')
  const lines = text(child.stdout!)
  expect((await once(child, 'exit'))[0]).toBe(0)
  expect(await lines).not.toContain('attached')
})
