import type { ViewPosition } from '@twofold/core/ports/counter-store.ts'

type PositionValue = Pick<ViewPosition, 'firstSlice' | 'since' | 'nextOffset' | 'appendedAt'>

const firstSliceDigits = 16

/**
 * A position as one text, so that those of two writers never mix. It starts with `firstSlice` in a fixed width:
 * of two values with one timestamp Cassandra keeps the larger one, byte by byte, and the later `firstSlice` must win.
 */
export function formatPosition({ firstSlice, since, nextOffset, appendedAt }: PositionValue): string {
  return `${String(firstSlice).padStart(firstSliceDigits, '0')} ${JSON.stringify({ since, nextOffset, appendedAt })}`
}

export function parsePosition(text: string): PositionValue {
  const rest = JSON.parse(text.slice(firstSliceDigits)) as Omit<PositionValue, 'firstSlice'>
  return { firstSlice: Number(text.slice(0, firstSliceDigits)), ...rest }
}
