/** A count with all its digits. */
export function grouped(count: number): string {
  return count.toLocaleString('en')
}
