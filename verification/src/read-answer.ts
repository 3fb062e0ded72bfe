import { keyHeaders } from './key-headers.ts'

/** A row of the API's answer. Times in milliseconds; null for an open end. */
export interface AnsweredRow {
  readonly key: string
  readonly from: number | null
  readonly until: number | null
  readonly value: unknown
}

/** Every page of one view's answer. */
export interface Answer {
  readonly view: string
  /** `finest`: as kept; `all`: one row a key. */
  readonly step: 'finest' | 'all'
  /** Milliseconds; null before the first run. */
  readonly boundary: number | null
  /** Next offset by partition at the first page; later pages may hold more. */
  readonly positions: ReadonlyMap<number, number>
  readonly complete: boolean
  readonly missing: readonly string[]
  readonly rows: readonly AnsweredRow[]
}

export interface AnswerQuery {
  readonly view: string
  readonly step: 'finest' | 'all'
  /** Event-time range, milliseconds. */
  readonly from?: number
}

interface Page {
  readonly asOf: { readonly boundary: string | null; readonly positions: Readonly<Record<string, number>> }
  readonly complete: boolean
  readonly missing: readonly string[]
  readonly rows: readonly (Pick<AnsweredRow, 'key' | 'value'> & { from: string | null; until: string | null })[]
  readonly next: string | null
}

const pageLimit = 10_000
const timeoutMs = 15_000

/** Reads a view over HTTP, page by page. Rejects when the API doesn't answer 200. */
export async function readAnswer(
  apiUrl: string,
  { view, step, from }: AnswerQuery,
  signal?: AbortSignal,
): Promise<Answer> {
  const range = {
    ...(step === 'all' ? { step } : {}),
    ...(from === undefined ? {} : { from: new Date(from).toISOString() }),
  }
  const rows: AnsweredRow[] = []
  const missing = new Set<string>()
  let first: Page | undefined
  for (let cursor: string | null | undefined; cursor !== null;) {
    const query = new URLSearchParams({ ...range, limit: String(pageLimit), ...(cursor ? { cursor } : {}) })
    const page = await readJson<Page>(apiUrl, `/views/${view}?${query.toString()}`, signal)
    first ??= page
    if (!page.complete) for (const reason of ['incomplete', ...page.missing]) missing.add(reason)
    for (const row of page.rows) rows.push({ ...row, from: timeOf(row.from), until: timeOf(row.until) })
    cursor = page.next
  }
  const { boundary, positions } = first!.asOf
  return {
    view,
    step,
    boundary: timeOf(boundary),
    positions: new Map(Object.entries(positions).map(([partition, offset]) => [Number(partition), offset])),
    complete: missing.size === 0,
    missing: [...missing].filter((reason) => reason !== 'incomplete'),
    rows,
  }
}

/** Names of all views that the API has. */
export async function readViewNames(apiUrl: string): Promise<string[]> {
  const { views } = await readJson<{ views: { view: string }[] }>(apiUrl, '/views')
  return views.map(({ view }) => view)
}

async function readJson<Body>(apiUrl: string, path: string, signal?: AbortSignal): Promise<Body> {
  const timeout = AbortSignal.timeout(timeoutMs)
  const response = await fetch(`${apiUrl.replace(/\/$/, '')}${path}`, {
    headers: keyHeaders(),
    signal: signal ? AbortSignal.any([signal, timeout]) : timeout,
  })
  if (response.status !== 200)
    throw new Error(`${path} answered ${response.status}: ${(await response.text()).slice(0, 200)}`)
  return (await response.json()) as Body
}

function timeOf(text: string | null): number | null {
  return text === null ? null : Date.parse(text)
}
