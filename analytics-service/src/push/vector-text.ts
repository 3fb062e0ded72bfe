import { hashOf } from '@twofold/core/live/hash-of.ts'
import type { Vector } from '../live/live-feed.ts'

/** A place as text that clients hand back as it is, fit for a header and a URL: offsets to the base 36 and a checksum. */
export function encodeVector(vector: Vector): string {
  const offsets = vector.map((offset) => offset.toString(36)).join('.')
  return `${offsets}-${checksumOf(offsets).toString(36)}`
}

/** Undefined for anything that `encodeVector` did not make. */
export function decodeVector(text: string): Vector | undefined {
  const [offsets = ''] = text.split('-', 1)
  const vector = offsets.split('.').map((digits) => Number.parseInt(digits, 36))
  // What parses loosely does not come out as the same text.
  return vector.every((offset) => Number.isSafeInteger(offset) && offset >= 0) && encodeVector(vector) === text ? vector : undefined
}

/** Whether a place lies, in some partition, behind what another one holds, or is of a topic with other partitions. */
export function isAhead(vector: Vector, position: Vector): boolean {
  return vector.length !== position.length || vector.some((offset, partition) => offset > position[partition]!)
}

/** Tells what was cut off or typed from what was handed out. */
function checksumOf(text: string): number {
  return hashOf(text) % 36 ** 4
}
