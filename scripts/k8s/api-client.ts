/** Calls the system through the ingress, with the key where there is one. */
export interface ApiClient {
  /** The answer's JSON. Rejects when the status is another. */
  call<Body>(path: string, status: number, options?: { readonly body?: unknown; readonly key?: string }): Promise<Body>
}

export function createApiClient(url: string, apiKey: string): ApiClient {
  return {
    async call<Body>(path: string, status: number, { body, key = apiKey }: { body?: unknown; key?: string } = {}) {
      const response = await fetch(`${url}${path}`, {
        method: body === undefined ? 'GET' : 'POST',
        headers: { ...(key ? { authorization: `Bearer ${key}` } : {}), ...(body === undefined ? {} : { 'content-type': 'application/json' }) },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
        signal: AbortSignal.timeout(10_000),
      })
      const text = await response.text()
      if (response.status !== status) throw new Error(`${path} answered ${response.status}, not ${status}: ${text.slice(0, 300)}`)
      return JSON.parse(text) as Body
    },
  }
}
