import type { Around, View } from '../views/view.ts'
import { aroundOf, aroundsOf, baselineSince } from './look-around.ts'
import type { StateRow } from './merge-rows.ts'
import { type Footing, type Layers, readPage } from './read-view.ts'
import { finestStep } from './steps.ts'

/** So many keys are read at once: each may have some 150 rows for every five minutes of two-second buckets. */
const keysPerRead = 100

/**
 * What lies around each row of a page, in their order; a row over a range has that as its bucket. Reads nothing for a view
 * whose values need no baseline.
 */
export async function readArounds(layers: Layers, view: View, footing: Footing, rows: readonly StateRow[]): Promise<Around[]> {
  if (!view.showing) return rows.map((row) => aroundOf(view, row, []))
  const arounds: Around[] = []
  for (const part of partsOf([...Map.groupBy(rows, ({ key }) => key).values()])) arounds.push(...(await readPart(layers, view, footing, part)))
  return arounds
}

/**
 * What is read together. A page may begin with the end of its first key and end with the beginning of its last one: read
 * together they would take in all that lies between.
 */
function* partsOf<Own>(byKey: readonly Own[]): Iterable<readonly Own[]> {
  if (byKey.length > 0) yield byKey.slice(0, 1)
  const inner = byKey.slice(1, -1)
  for (let at = 0; at < inner.length; at += keysPerRead) yield inner.slice(at, at + keysPerRead)
  if (byKey.length > 1) yield byKey.slice(-1)
}

async function readPart(layers: Layers, view: View, footing: Footing, part: readonly (readonly StateRow[])[]): Promise<Around[]> {
  const rows = part.flat()
  const since = Math.min(...rows.map((row) => baselineSince(view, row)))
  if (since === Number.POSITIVE_INFINITY) return rows.map((row) => aroundOf(view, row, []))
  const until = Math.max(...rows.map(({ from }) => from))
  const keys = part.map((own) => own[0]!.key)
  const page = await readPage(layers, view, footing, { keys, from: since, until, step: finestStep(view), limit: Number.POSITIVE_INFINITY })
  const earlier = Map.groupBy(page.rows, ({ key }) => key)
  return part.flatMap((own) => aroundsOf(view, own, earlier.get(own[0]!.key) ?? []))
}
