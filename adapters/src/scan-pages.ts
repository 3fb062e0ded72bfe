import type { ScannedRow } from '@twofold/core/ports/row-store.ts'

/** Most rows of one page, and about how many characters of payload it should hold. */
const maxRows = 10_000
const targetCharacters = 8_388_608

export interface PageRequest {
  readonly partition: number
  /** Only rows behind this offset; -1 for all. */
  readonly afterOffset: number
  readonly limit: number
}

/**
 * All rows with `appendedAt` < `before`, a page at a time, one page ahead of the caller. Pages are read one by one
 * without a transaction: rows before the bound never change, and appended times never step back in a partition.
 */
export function scanPages(
  partitions: readonly number[],
  before: number,
  readPage: (request: PageRequest) => Promise<ScannedRow[]>,
): AsyncIterable<readonly ScannedRow[]> {
  return readAhead(pagesOf(partitions, before, readPage))
}

async function* pagesOf(
  partitions: readonly number[],
  before: number,
  readPage: (request: PageRequest) => Promise<ScannedRow[]>,
): AsyncGenerator<readonly ScannedRow[]> {
  let limit = 1000
  for (const partition of partitions)
    for (let afterOffset = -1, isLast = false; !isLast; ) {
      const page = await readPage({ partition, afterOffset, limit })
      isLast = page.length < limit || page.at(-1)!.appendedAt >= before
      const rows = isLast ? page.filter((row) => row.appendedAt < before) : page
      if (rows.length > 0) yield rows
      afterOffset = page.at(-1)?.offset ?? afterOffset
      limit = nextLimit(page)
    }
}

/** As many rows as fit the memory of a page if the next rows are like these; grows slowly, in case they are not. */
function nextLimit(page: readonly ScannedRow[]): number {
  if (page.length === 0) return 1000
  let characters = 0
  for (const row of page) characters += row.payload.length
  const fitting = Math.floor((targetCharacters * page.length) / Math.max(1, characters))
  return Math.max(1, Math.min(maxRows, fitting, page.length * 4 + 1000))
}

/** Asks for the next page before it hands out the current one. */
async function* readAhead<Page>(pages: AsyncGenerator<Page>): AsyncGenerator<Page> {
  let next = pages.next()
  try {
    for (let page = await next; !page.done; page = await next) {
      next = pages.next()
      next.catch(() => {}) // handled by the await above, or not asked for any more
      yield page.value
    }
  } finally {
    await next.catch(() => {})
    await pages.return(undefined)
  }
}
