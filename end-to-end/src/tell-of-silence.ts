import { it } from 'vitest'
import type { System } from './system.ts'
import { watchWindow } from './watch-window.ts'

/** Needs a system whose batch layer does not run: the ticks of a run are records too, and would move every partition on. */
export function tellOfSilence(tale: () => { readonly system: System; readonly replicas: readonly string[] }): void {
  it('closes the window of one tap though nothing at all comes after it, and corrects it', async () => {
    const { system, replicas } = tale()
    const window = await watchWindow(system, replicas)
    await window.tap(1)
    await window.isTold()
    await window.tapLate()
    await window.isTold()
  })
}
