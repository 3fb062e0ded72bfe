import { readFile } from 'node:fs/promises'
import type { LiveSettings } from './live-settings.ts'

/** For stores, standard streams, modules that are being read, and those who post. */
const spareFiles = 200

/**
 * Throws a RangeError when the system lets no process have as many connections as are asked for: the analytics process
 * has all of them, and each needs a port of its own on the clients' side. Node takes all that the hard limit allows.
 * Linux only.
 */
export async function checkLimits({ subscribers, sockets }: Pick<LiveSettings, 'subscribers' | 'sockets'>): Promise<void> {
  const connections = subscribers + sockets
  const limits = await readFile('/proc/self/limits', 'utf8')
  // `unlimited` is no number, and enough.
  const files = Number(/^Max open files\s+\S+\s+(\S+)/m.exec(limits)?.[1])
  if (connections + spareFiles > files) {
    throw new RangeError(`${connections} connections need ${connections + spareFiles} open files, and the limit is ${files}: see ulimit -Hn`)
  }
  const [first = 0, last = 0] = (await readFile('/proc/sys/net/ipv4/ip_local_port_range', 'utf8')).trim().split(/\s+/).map(Number)
  const ports = last - first + 1
  if (connections > ports) {
    throw new RangeError(`${connections} connections need as many ports, and there are ${ports}: see net.ipv4.ip_local_port_range`)
  }
}
