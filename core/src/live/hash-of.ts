/**
 * FNV-1a over the UTF-16 units of texts one behind the other, 32 bits, http://www.isthe.com/chongo/tech/comp/fnv/: spreads
 * evenly, and anybody can find a text for a hash.
 */
export function hashOf(...texts: readonly string[]): number {
  let hash = 0x811c9dc5
  for (const text of texts) {
    for (let at = 0; at < text.length; at++) hash = Math.imul(hash ^ text.charCodeAt(at), 0x01000193)
  }
  return hash >>> 0
}
