import { z } from 'zod'

/** A whole number written in decimal digits, within limits. */
export function wholeNumber(min: number, max: number = Number.MAX_SAFE_INTEGER) {
  const expected = `expected a whole number from ${min} to ${max}`
  const limited = z.number().min(min, expected).max(max, expected)
  return z.string().trim().regex(/^\d+$/, expected).transform(Number).pipe(limited)
}

export const portNumber = z
  .string()
  .trim()
  .transform((port) => port.replace(/^:/, ''))
  .pipe(wholeNumber(0, 65_535))

/** A switch that is off unless it is set. */
export const trueOrFalse = z
  .enum(['true', 'false'], 'expected true or false')
  .transform((text) => text === 'true')
  .prefault('false')
