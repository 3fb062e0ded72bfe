/** What a request to the system needs where API keys are on: the key in the environment's `API_KEY`. */
export function keyHeaders(): Record<string, string> {
  const key = process.env['API_KEY']
  return key ? { authorization: `Bearer ${key}` } : {}
}
