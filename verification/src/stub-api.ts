import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

/** An HTTP server of a test. */
export interface StubApi {
  readonly url: string
  close(): Promise<void>
}

export interface StubRow {
  readonly key: string
  readonly from?: string
  readonly until?: string
  readonly value: unknown
}

/** What a view of a stub answers, by the step that was asked for. */
export interface StubAnswer {
  readonly finest: readonly StubRow[]
  readonly all: readonly StubRow[]
  readonly boundary?: string
  readonly positions?: Readonly<Record<string, number>>
  readonly complete?: boolean
  readonly missing?: readonly string[]
}

/** Answers `/views` and `/views/:name`, two rows a page, with whatever the test currently says. */
export function startViews(answerOf: () => Readonly<Record<string, StubAnswer>>): Promise<StubApi> {
  return startServer((request, response) => {
    const { pathname, searchParams } = new URL(request.url ?? '/', 'http://localhost')
    const answers = answerOf()
    const name = pathname.split('/')[2]
    const answer = name === undefined ? undefined : answers[name]
    response.setHeader('content-type', 'application/json')
    if (name === undefined)
      return response.end(JSON.stringify({ views: Object.keys(answers).map((view) => ({ view })) }))
    if (!answer) return response.writeHead(404).end()
    const rows = searchParams.get('step') === 'all' ? answer.all : answer.finest
    return response.end(
      JSON.stringify({ ...pageOf(rows, Number(searchParams.get('cursor') ?? 0)), ...provenanceOf(answer) }),
    )
  })
}

const rowsPerPage = 2

function pageOf(rows: readonly StubRow[], start: number) {
  const page = rows.slice(start, start + rowsPerPage).map((row) => ({ from: null, until: null, ...row }))
  return { rows: page, next: start + rowsPerPage < rows.length ? String(start + rowsPerPage) : null }
}

function provenanceOf({
  boundary = null,
  positions = {},
  complete = true,
  missing = [],
}: Omit<StubAnswer, 'boundary'> & { boundary?: string | null }) {
  return { asOf: { boundary, positions }, complete, missing }
}

export async function startServer(
  handle: (request: IncomingMessage, response: ServerResponse) => unknown,
): Promise<StubApi> {
  const server = createServer((request, response) => void handle(request, response))
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async close() {
      const closed = new Promise((resolve) => server.close(resolve))
      server.closeAllConnections()
      await closed
    },
  }
}
