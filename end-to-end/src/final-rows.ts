import type { PushedRow } from './live-client.ts'

/** Those of windows that were closed when they were told. */
export function finalRows(rows: readonly PushedRow[]): PushedRow[] {
  return rows.filter(({ final }) => final)
}
