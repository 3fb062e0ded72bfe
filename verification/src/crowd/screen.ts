import { noteStep, type ShownWindow, type WatchedWindow } from './watched-window.ts'

/** What one subscriber has on its screen. */
export interface Screen {
  /** Shows a window as a frame has it, received at that moment (milliseconds since 1970). */
  show(shown: ShownWindow, receivedAt: number): void
  /** Shows it too, but nobody waited for it: it had happened before the subscriber came. */
  begin(shown: ShownWindow): void
}

/** So many windows back a correction is still taken for one. */
const remembered = 128

export function createScreen(): Screen {
  const rows = new Map<WatchedWindow, ShownWindow>()
  /** Answers what was shown before. */
  const replace = (shown: ShownWindow): number => {
    const { window, count, isFinal } = shown
    const before = rows.get(window)
    if (before === shown) return count
    rows.set(window, shown)
    if (isFinal && !before?.isFinal) window.finalOn++
    if (!before && rows.size > remembered) rows.delete(rows.keys().next().value!)
    if (before?.count !== count) moveScreen(window.screens, before?.count, count)
    return before?.count ?? 0
  }
  return {
    show(shown, receivedAt) {
      const before = replace(shown)
      if (shown.count > before) noteStep(shown.window, before, shown.count, receivedAt)
    },
    begin: (shown) => void replace(shown),
  }
}

function moveScreen(screens: Map<number, number>, from: number | undefined, to: number): void {
  if (from !== undefined) {
    const left = screens.get(from)! - 1
    if (left > 0) screens.set(from, left)
    else screens.delete(from)
  }
  screens.set(to, (screens.get(to) ?? 0) + 1)
}
