const multiplier = 0x5bd1e995
const seed = 0x9747b28c

/**
 * The partition of a key as Kafka's default partitioner chooses it, so that both logs spread keys alike:
 * `(murmur2(key) & 0x7fffffff) % partitions`, see `org.apache.kafka.common.utils.Utils.murmur2`.
 */
export function partitionOfKey(key: Uint8Array, partitions: number): number {
  return (murmur2(key) & 0x7fffffff) % partitions
}

/** 32-bit MurmurHash2 as Kafka has it; answers a signed integer. */
export function murmur2(data: Uint8Array): number {
  const wholeBytes = data.length & ~3
  let hash = seed ^ data.length
  for (let at = 0; at < wholeBytes; at += 4) {
    let word = data[at]! | (data[at + 1]! << 8) | (data[at + 2]! << 16) | (data[at + 3]! << 24)
    word = Math.imul(word, multiplier)
    word ^= word >>> 24
    hash = Math.imul(hash, multiplier) ^ Math.imul(word, multiplier)
  }
  return finish(mixRest(hash, data, wholeBytes))
}

function mixRest(hash: number, data: Uint8Array, from: number): number {
  const rest = data.length - from
  if (rest === 0) return hash
  let mixed = hash
  for (let i = rest - 1; i >= 0; i--) mixed ^= data[from + i]! << (8 * i)
  return Math.imul(mixed, multiplier)
}

function finish(hash: number): number {
  const folded = Math.imul(hash ^ (hash >>> 13), multiplier)
  return folded ^ (folded >>> 15)
}
