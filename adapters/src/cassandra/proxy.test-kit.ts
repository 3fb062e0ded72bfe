import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'

/** A server seen through a wire that a test can cut or freeze. */
export interface Proxy {
  readonly port: number
  connections(): number
  /** Breaks every connection and refuses new ones, like a server that ended. */
  cut(): Promise<void>
  /** Carries nothing more but keeps connections open, like a server that is paused. */
  freeze(): void
  /** Ends `cut` or `freeze`. */
  mend(): Promise<void>
  close(): Promise<void>
}

export async function openProxy(target: { readonly host: string; readonly port: number }): Promise<Proxy> {
  const pairs = new Set<readonly [Socket, Socket]>()
  let frozen = false
  const carry = ([client, server]: readonly [Socket, Socket]): void => void client.pipe(server).pipe(client)
  const hold = ([client, server]: readonly [Socket, Socket]): void => {
    client.unpipe(server).pause()
    server.unpipe(client).pause()
  }
  const listener = createServer((client) => {
    const pair = [client, connect(target)] as const
    pairs.add(pair)
    for (const socket of pair) {
      socket.on('error', () => {})
      socket.on('close', () => {
        pairs.delete(pair)
        pair.forEach((one) => one.destroy())
      })
    }
    if (!frozen) carry(pair)
  })
  const listen = async (port: number): Promise<void> => void (await once(listener.listen(port, '127.0.0.1'), 'listening'))
  const cut = async (): Promise<void> => {
    const closed = listener.listening && once(listener, 'close')
    if (closed) listener.close()
    for (const [client] of pairs) client.destroy()
    await closed
  }

  await listen(0)
  const { port } = listener.address() as AddressInfo
  return {
    port,
    connections: () => pairs.size,
    cut,
    freeze: () => {
      frozen = true
      pairs.forEach(hold)
    },
    mend: async () => {
      if (frozen) pairs.forEach(carry)
      frozen = false
      if (!listener.listening) await listen(port)
    },
    close: cut,
  }
}
