import { onlyKey, storedVersion, type View } from '../views/view.ts'
import { type Layers, readPage } from './read-view.ts'

/** The value of a view without groups over all time, as of now: batch view and speed results merged. */
export async function readValueNow(layers: Layers, view: View): Promise<unknown> {
  const version = storedVersion(view, layers.settings)
  const [run, positions] = await Promise.all([
    layers.rows.readNewestRun({ view: view.name, version }),
    layers.counters.readPositions(view.name, version),
  ])
  const page = await readPage(layers, view, { run, positions }, { keys: [onlyKey], step: 'all', limit: 1 })
  const [row] = page.rows
  return view.fold.valueOf(row ? row.state : view.fold.zero)
}
