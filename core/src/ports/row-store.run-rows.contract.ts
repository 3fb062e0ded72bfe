import { expect } from 'vitest'
import { type Clause, newTable, newView, publish, refusal, runRow } from './row-store.contract-kit.ts'
import type { RowStore, RunRow, RunRowQuery, ViewVersion } from './row-store.ts'
import { allTimeFrom, totalStepMs } from './row-store.ts'

const [second, minute, hour] = [1000, 60_000, 3_600_000]

/** Reading the rows of a published run: order, filters and pages. */
export function runRowClauses(clause: Clause): void {
  orderClauses(clause)
  filterClauses(clause)
  pageClauses(clause)
  sizeClauses(clause)
}

interface Opened {
  readonly store: RowStore
  readonly view: ViewVersion
  read(query?: Partial<RunRowQuery>): Promise<RunRow[]>
}

async function publishRows(store: RowStore, rows: RunRow[]): Promise<Opened> {
  const view = newView()
  const run = await publish(store, { boundary: 1000, views: [view], rows })
  const read = (query: Partial<RunRowQuery> = {}) =>
    store.readRunRows({ ...view, run, totals: false, limit: 1000, ...query })
  return { store, view, read }
}

function orderClauses(clause: Clause): void {
  clause('rows come by key as bytes, then by start, then the longer bucket first', async ({ open }) => {
    const keys = ['', 'A', 'B', 'a', 'a\u0000', 'a ', 'ab', 'e\u0301', '\u00e9', '\uffff', '🙂', '🙃']
    const negative: [number, number][] = [[allTimeFrom, 0], [-hour, hour], [-hour, second]]
    const starts = [...negative, [0, hour], [0, minute], [minute, second]] as const
    const rows = keys.flatMap((key) => starts.map(([from, step]) => runRow(key, from, step, `"${key}${from}${step}"`)))
    const shuffled = rows.map((one, at) => ({ one, at: (at * 29) % rows.length }))
    shuffled.sort((left, right) => left.at - right.at)
    const { read } = await publishRows(await open(newTable()), shuffled.map(({ one }) => one))
    expect(await read()).toEqual(rows)
  })

  clause('rows that are written again are replaced, not added', async ({ open }) => {
    const store = await open(newTable())
    const rows = [runRow('k', 0, second, '1'), runRow('k', 0, second, '2'), runRow('k', second, second, '3')]
    const { read } = await publishRows(store, rows)
    expect(await read()).toEqual(rows.slice(1))
  })

  clause('totals are read apart from buckets', async ({ open }) => {
    const totals = ['a', 'b'].map((key) => runRow(key, allTimeFrom, totalStepMs, '9'))
    const buckets = ['a', 'b'].map((key) => runRow(key, 0, second))
    const { read } = await publishRows(await open(newTable()), [...buckets, ...totals])
    expect(await read()).toEqual(buckets)
    expect(await read({ totals: true })).toEqual(totals)
    expect(await read({ totals: true, keys: ['b'], from: 5, until: 6 })).toEqual(totals.slice(1))
  })

  clause('views and versions of a run are kept apart', async ({ open }) => {
    const store = await open(newTable())
    const one = newView()
    const views = [one, { ...one, version: '2' }, newView()]
    const run = await publish(store, { boundary: 1000, views: views.slice(0, 2), rows: [runRow('k', 0, second)] })
    const read = (view: ViewVersion) => store.readRunRows({ ...view, run, totals: false, limit: 10 })
    expect(await Promise.all(views.map(read))).toEqual([[runRow('k', 0, second)], [runRow('k', 0, second)], []])
  })
}

function filterClauses(clause: Clause): void {
  clause('a key filter is exact', async ({ open }) => {
    const rows = ['A', 'a', 'a ', 'á'].map((key) => runRow(key, 0, second))
    const { read } = await publishRows(await open(newTable()), rows)
    expect(await read({ keys: ['a'] })).toEqual([rows[1]])
    expect(await read({ keys: ['á', 'A', 'none', 'A'] })).toEqual([rows[0], rows[3]])
    expect(await read({ keys: [] })).toEqual([])
  })

  clause('a range takes the buckets that overlap it', async ({ open }) => {
    const rows = [
      runRow('k', allTimeFrom, 0),
      runRow('k', 0, minute),
      runRow('k', minute, second),
      runRow('k', minute + second, second),
      runRow('k', hour, hour),
    ]
    const { read } = await publishRows(await open(newTable()), rows)
    const placeOf = ({ from }: RunRow) => rows.findIndex((one) => one.from === from)
    const places = async (query: Partial<RunRowQuery>) => (await read(query)).map(placeOf)
    expect(await places({ from: minute })).toEqual([0, 2, 3, 4])
    expect(await places({ from: minute - 1 })).toEqual([0, 1, 2, 3, 4])
    expect(await places({ until: minute })).toEqual([0, 1])
    expect(await places({ until: minute + 1 })).toEqual([0, 1, 2])
    expect(await places({ from: minute + 1, until: minute + 2 })).toEqual([0, 2])
    expect(await places({ from: 3 * hour, until: 4 * hour })).toEqual([0])
    expect(await places({ from: hour + minute, keys: ['k'], descending: true })).toEqual([4, 0])
  })
}

function pageClauses(clause: Clause): void {
  clause('pages follow each other without gap or repeat', async ({ open }) => {
    const rows = ['a', 'b', 'c'].flatMap((key) => [0, 1, 2, 3, 4].map((at) => runRow(key, at * second, second)))
    const { read } = await publishRows(await open(newTable()), rows)
    for (const limit of [1, 2, 4, 7, 15, 16]) {
      const paged: RunRow[] = []
      for (let page = await read({ limit }); page.length > 0; page = await read({ limit, after: paged.at(-1)! })) {
        expect(page.length).toBeLessThanOrEqual(limit)
        paged.push(...page)
      }
      expect(paged).toEqual(rows)
    }
    expect(await read({ after: { key: 'b', from: 1500 }, limit: 2 })).toEqual(rows.slice(7, 9))
    expect(await read({ after: { key: 'aa', from: 9e15 }, limit: 1 })).toEqual(rows.slice(5, 6))
    expect(await read({ after: { key: 'a', from: 0 }, keys: ['a', 'c'], from: 3000, limit: 3 })).toEqual([
      ...rows.slice(3, 5),
      rows[13],
    ])
  })

  clause('one key is read newest first', async ({ open }) => {
    const rows = [0, 1, 2, 3].map((at) => runRow('k', at * second, second))
    const others = [runRow('j', 0, second), runRow('l', 0, second)]
    const { read } = await publishRows(await open(newTable()), [...rows, ...others])
    const newest = { keys: ['k'], descending: true }
    expect(await read(newest)).toEqual(rows.toReversed())
    expect(await read({ ...newest, limit: 2 })).toEqual([rows[3], rows[2]])
    expect(await read({ ...newest, limit: 2, after: rows[2]! })).toEqual([rows[1], rows[0]])
    expect(await read({ ...newest, after: rows[0]! })).toEqual([])
    await expect(read({ descending: true })).rejects.toMatchObject(refusal('INVALID_QUERY'))
    await expect(read({ descending: true, keys: ['k', 'j'] })).rejects.toMatchObject(refusal('INVALID_QUERY'))
  })
}

function sizeClauses(clause: Clause): void {
  clause('a state of 1 MB is kept exactly', async ({ open }) => {
    const state = JSON.stringify(`🙃'"\\\u0000 ${'é'.repeat(524_288)}`)
    const { read } = await publishRows(await open(newTable()), [runRow('large', allTimeFrom, 0, state)])
    expect((await read())[0]!.state === state).toBe(true)
  })

  clause('20,000 rows are written in one call', async ({ open }) => {
    const rowAt = (at: number) => runRow(`key-${at % 100}`, Math.floor(at / 100) * second, second)
    const rows = Array.from({ length: 20_000 }, (_, at) => rowAt(at))
    const { read, store } = await publishRows(await open(newTable()), rows)
    const all = await read({ limit: 100_000 })
    expect(all).toHaveLength(20_000)
    expect(new Set(all.map((one) => `${one.key} ${one.from}`)).size).toBe(20_000)
    await store.ping()
  })

  clause('a key longer than 700 code units is refused, never cut', async ({ open }) => {
    const store = await open(newTable())
    const longest = [runRow('🙃'.repeat(350), 0, second)]
    expect(await (await publishRows(store, longest)).read()).toEqual(longest)
    const run = await store.createRun('worker')
    const long = store.writeRunRows(run, newView(), [runRow('ok', 0, second), runRow('x'.repeat(701), 0, second)])
    await expect(long).rejects.toMatchObject(refusal('LIMIT_EXCEEDED'))
  })
}
