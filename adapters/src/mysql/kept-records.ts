import type { DeadLetter, RowBatch } from '@twofold/core/ports/row-store.ts'
import type { Repeat } from '../repeat.ts'
import { chunksOf, insertBounds } from './chunks.ts'
import type { Session } from './pool.ts'

/** Repeats that can be looked at. A replay leaves what was kept first. */
export async function keepRepeats(
  session: Session,
  { topic, partition }: RowBatch,
  repeats: readonly Repeat[],
): Promise<void> {
  const insert = 'INSERT INTO repeats VALUES ? ON DUPLICATE KEY UPDATE topic = repeats.topic'
  const valuesOf = ({ row, isLate, isConflict }: Repeat): unknown[] => {
    const { offset, id, appendedAt, occurredAt, payload } = row
    return [topic, partition, offset, id, appendedAt, occurredAt, payload, isLate, isConflict]
  }
  for (const chunk of chunksOf(repeats, ({ row }) => row.payload.length, insertBounds))
    await session.write(insert, [chunk.map(valuesOf)])
}

export async function keepDeadLetters(session: Session, { topic, partition, deadLetters }: RowBatch): Promise<void> {
  const insert = 'INSERT INTO dead_letters VALUES ? ON DUPLICATE KEY UPDATE topic = dead_letters.topic'
  const valuesOf = ({ offset, appendedAt, reason, key, value, headers }: DeadLetter): unknown[] =>
    [topic, partition, offset, appendedAt, reason, asBuffer(key), asBuffer(value), headers]
  const weightOf = ({ key, value, headers }: DeadLetter): number =>
    (key?.length ?? 0) + (value?.length ?? 0) + headers.length
  for (const chunk of chunksOf(deadLetters, weightOf, insertBounds))
    await session.write(insert, [chunk.map(valuesOf)])
}

/** The driver writes a Buffer as bytes; another typed array it would spell out as a list of numbers. */
function asBuffer(bytes: Uint8Array | null): Buffer | null {
  return bytes && Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
}
