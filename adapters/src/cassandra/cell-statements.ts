import type { Cell, CellQuery } from '@twofold/core/ports/counter-store.ts'
import cassandra from 'cassandra-driver'

const { Long } = cassandra.types

/** One statement with its parameters. */
export interface Statement {
  readonly query: string
  readonly params: readonly unknown[]
}

/**
 * Cells of one batch, and the length of their texts. A batch of one partition is one mutation: Cassandra's limits for
 * batches don't count, its 8 MB for mutations do. Measured with 5,000 small cells: batches of 50 to 200 take a fifth of
 * the time of single statements; larger ones only hold up the event loop.
 */
const maxBatchCells = 50
const maxBatchLength = 64_000

/** Keys of one read: each is a seek in every file of the partition. */
const keysPerRead = 100

/** The cells in batches that each stay within one Cassandra partition. */
export function batchesOf(cells: readonly Cell[]): Cell[][] {
  return [...Map.groupBy(cells, groupOf).values()].flatMap(chunk)
}

/**
 * An UPDATE, because an INSERT would also write a row marker; one value column, whose write time tells the offset: less
 * to write, and nothing to mix.
 */
export function writeOf(keyspace: string, ttlSeconds: number, cell: Cell): Statement {
  const { view, version, slice, partition, key, stepMs, from, state } = cell
  const query = `UPDATE ${keyspace}.speed_cells USING TIMESTAMP ? AND TTL ? SET state = ?
    WHERE "view" = ? AND version = ? AND slice = ? AND "partition" = ? AND "key" = ? AND step = ? AND bucket = ?`
  return { query, params: [writeTimeOf(cell), ttlSeconds, state, view, version, slice, partition, key, stepMs, from] }
}

/** One read per slice, partition and some of the keys. */
export function readsOf(keyspace: string, { view, version, slices, partitions, keys }: CellQuery): Statement[] {
  const query = `SELECT slice, "partition", "key", step, bucket, state, writetime(state) AS written
    FROM ${keyspace}.speed_cells
    WHERE "view" = ? AND version = ? AND slice = ? AND "partition" = ?${keys ? ' AND "key" IN ?' : ''}`
  const keyLists = keys ? listsOf([...new Set(keys)], keysPerRead).map((list) => [list]) : [[]]
  return [...new Set(slices)].flatMap((slice) =>
    [...new Set(partitions)].flatMap((partition) =>
      keyLists.map((keyList) => ({ query, params: [view, version, slice, partition, ...keyList] }))))
}

/** The cell of a row, or undefined when its bucket doesn't overlap the range that was asked for. */
export function cellOf(row: cassandra.types.Row, { view, version, from, until }: CellQuery): Cell | undefined {
  const { partition, key, state } = row
  const [slice, stepMs, start] = [Number(row.slice), Number(row.step), Number(row.bucket)]
  if (stepMs > 0 && (start >= (until ?? Infinity) || start + stepMs <= (from ?? -Infinity))) return undefined
  const offset = row.written.subtract(row.slice.multiply(1000)).toNumber()
  return { view, version, slice, partition, key, stepMs, from: start, state, offset }
}

/** Start of the slice in microseconds plus the offset: it grows with the offset, and lets files expire in order. */
function writeTimeOf({ slice, offset }: Cell): cassandra.types.Long {
  return Long.fromNumber(slice).multiply(1000).add(Long.fromNumber(offset))
}

function groupOf({ view, version, slice, partition }: Cell): string {
  return `${slice} ${partition} ${version.length} ${version}${view}`
}

function chunk(cells: readonly Cell[]): Cell[][] {
  const chunks: Cell[][] = []
  let length = Infinity
  for (const cell of cells) {
    const own = cell.key.length + cell.state.length
    if (length + own > maxBatchLength || chunks.at(-1)!.length === maxBatchCells) {
      chunks.push([])
      length = 0
    }
    chunks.at(-1)!.push(cell)
    length += own
  }
  return chunks
}

function listsOf<Item>(items: readonly Item[], size: number): Item[][] {
  return Array.from({ length: Math.ceil(items.length / size) }, (_, i) => items.slice(i * size, (i + 1) * size))
}
