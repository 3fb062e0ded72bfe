/** The JSON pointer (RFC 6901) of a path of keys and indexes; `''` for none. */
export function jsonPointer(path: readonly PropertyKey[]): string {
  return path.map((step) => `/${String(step).replaceAll('~', '~0').replaceAll('/', '~1')}`).join('')
}
