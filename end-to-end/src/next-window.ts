/** Start of the next window of so many milliseconds: what is sent for it now comes in time, however slow the machine is. */
export function nextWindow(lengthMs: number): number {
  return (Math.floor(Date.now() / lengthMs) + 1) * lengthMs
}
