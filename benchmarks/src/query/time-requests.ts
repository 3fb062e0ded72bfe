import { answer } from '../side.ts'

export interface TimeOptions {
  /** Asked in turn, one request at a time. */
  readonly urls: readonly string[]
  readonly requests: number
}

/** Milliseconds of each request, per URL. */
export interface Times {
  readonly times: readonly (readonly number[])[]
}

const warmUp = 30

await answer(async ({ urls, requests }: TimeOptions): Promise<Times> => {
  const times: number[][] = urls.map(() => [])
  for (let round = -warmUp; round < requests; round++) {
    for (const [at, url] of urls.entries()) {
      const startedAt = performance.now()
      const response = await fetch(url)
      const body = await response.text()
      if (!response.ok) throw new Error(`${url} answered ${response.status}: ${body.slice(0, 500)}`)
      if (round >= 0) times[at]!.push(performance.now() - startedAt)
    }
  }
  return { times }
})
