import { randomFillSync } from 'node:crypto'
import type { Clock } from './clock.ts'

/** Makes an id that no other call, process or machine makes. */
export type IdSource = () => string

const poolBytes = 4096
const idBytes = 10
const maxCounter = 0xfff

/**
 * UUIDs of version 7 (RFC 9562, method 1): 48 bits of time, a 12-bit counter, 62 random bits. The ids of one source
 * sort in the order they were made, also when the clock steps back or a millisecond holds more than the counter can.
 */
export function uuidv7(clock: Clock): IdSource {
  const takeRandom = createRandomPool()
  let lastMs = -1
  let counter = 0

  return () => {
    const random = takeRandom()
    const now = clock.now()
    if (now > lastMs) {
      lastMs = now
      counter = random.readUInt16BE(8) & 0x7ff // the top bit stays free, so that the counter has room to grow
    } else if (counter < maxCounter) counter += 1
    else {
      lastMs += 1
      counter = 0
    }
    return format(lastMs, counter, random)
  }
}

/** One system call for hundreds of ids: a call each would cost more than the rest of an id. */
function createRandomPool(): () => Buffer {
  const pool = Buffer.alloc(poolBytes)
  let used = poolBytes
  return () => {
    if (used + idBytes > poolBytes) {
      randomFillSync(pool)
      used = 0
    }
    used += idBytes
    return pool.subarray(used - idBytes, used)
  }
}

function format(ms: number, counter: number, random: Buffer): string {
  const time = ms.toString(16).padStart(12, '0')
  const version = (0x7000 | counter).toString(16)
  const variant = (0x8000 | (random.readUInt16BE(0) & 0x3fff)).toString(16)
  return `${time.slice(0, 8)}-${time.slice(8)}-${version}-${variant}-${random.toString('hex', 2, 8)}`
}
