/**
 * Milliseconds since 1970 with their fraction, never stepping back. The processes of one machine agree on it within a
 * millisecond, unless the machine's clock was set between their starts.
 */
export function wallClock(): number {
  return performance.timeOrigin + performance.now()
}
