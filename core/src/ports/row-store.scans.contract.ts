import { expect } from 'vitest'
import { append, type Clause, endOfTime, newTable, refusal, row, scan, uniqueName } from './row-store.contract-kit.ts'
import type { ColumnValue, RawColumn, RawTable, RowStore } from './row-store.ts'

/** Scans, and the typed columns that people query. */
export function scanClauses(clause: Clause): void {
  orderClauses(clause)
  columnClauses(clause)
}

function orderClauses(clause: Clause): void {
  clause('a scan gives every row once, in log order within its partition, in bounded chunks', async ({ open }) => {
    const table = newTable()
    const store = await open(table)
    const counts = [23_000, 1, 0, 1_999]
    for (const [partition, count] of counts.entries()) await fill(store, table, partition, count)
    const offsets = counts.map((): number[] => [])
    for await (const chunk of store.scanRows(table.topic, endOfTime)) {
      expect(chunk.length).toBeGreaterThan(0)
      expect(chunk.length).toBeLessThanOrEqual(10_000)
      for (const { partition, offset, id } of chunk) {
        if (id !== `${partition}-${offset}`) throw new Error(`row ${id} came as ${partition}-${offset}`)
        offsets[partition]!.push(offset)
      }
    }
    expect(offsets).toEqual(counts.map(offsetsOf))
  })

  clause('a scan ends at its bound', async ({ open }) => {
    const table = newTable()
    const store = await open(table)
    for (const partition of [0, 1]) await fill(store, table, partition, 12_000, 1_000_000)
    const before = await scan(store, table, 1_000_000 + 3 * 11_000)
    expect(before).toHaveLength(2 * 11_000)
    expect(Math.max(...before.map((kept) => kept.appendedAt))).toBe(1_000_000 + 3 * 10_999)
    expect(await scan(store, table, 1_000_000)).toEqual([])
    expect(await scan(store, table, 1_000_001)).toHaveLength(2)
  })

  clause('a scanned row carries all that a fold needs, exactly', async ({ open }) => {
    const table = newTable()
    const store = await open(table)
    const text = `'"\\\u0000\n🙃 \u00e9 e\u0301 ${'x'.repeat(100_000)}`
    const payload = JSON.stringify({ text, big: Number.MAX_SAFE_INTEGER })
    const far = { appendedAt: 8_640_000_000_000_000, occurredAt: -62_135_596_800_000 }
    await append(store, table, [row(7, { payload, ...far, id: `'🙃\u0000"` })], { partition: 5 })
    expect(await scan(store, table)).toEqual([{ id: `'🙃\u0000"`, payload, ...far, partition: 5, offset: 7 }])
  })

  clause('a scan that is given up holds nothing back', async ({ open }) => {
    const table = newTable()
    const store = await open(table)
    await fill(store, table, 0, 1000)
    for (let i = 0; i < 30; i++) for await (const chunk of store.scanRows(table.topic, endOfTime)) if (chunk) break
    expect(await scan(store, table)).toHaveLength(1000)
  })
}

const offsetsOf = (count: number): number[] => Array.from({ length: count }, (_, at) => at * 3)

/** Every third offset is a row, as in a log that also holds ticks and repeats. */
async function fill(store: RowStore, table: RawTable, partition: number, count: number, start = 0): Promise<void> {
  const offsets = offsetsOf(count)
  const rows = offsets.map((offset) => row(offset, { id: `${partition}-${offset}`, appendedAt: start + offset }))
  for (let at = 0; at < count; at += 2000) await append(store, table, rows.slice(at, at + 2000), { partition })
}

function columnClauses(clause: Clause): void {
  const columns: RawColumn[] = [
    { name: 'short', kind: 'text', maxLength: 20 },
    { name: 'long', kind: 'text' },
    { name: 'count', kind: 'integer' },
    { name: 'ratio', kind: 'real' },
    { name: 'is_set', kind: 'boolean' },
  ]

  clause('typed columns hold their values exactly', async ({ open, readColumns }) => {
    const table = newTable(...columns)
    const store = await open(table)
    const long = `it's "quoted" \\ \u0000 \n \u00e9 e\u0301 ${'🙃'.repeat(50_000)}`
    const values: ColumnValue[][] = [
      ['🙃'.repeat(10), long, Number.MAX_SAFE_INTEGER, 0.1, true],
      ['', ' ', -Number.MAX_SAFE_INTEGER, -1.7976931348623157e308, false],
      ['Trailing ', '\u001a%_`', 0, 5e-324, true],
      ['a', 'b', -42, 1e21, false],
      ['a', 'b', 1, 123456789.12345679, false],
      [null, null, null, null, null],
    ]
    await append(store, table, values.map((value, offset) => row(offset, { columns: value })))
    for (const [offset, value] of values.entries())
      expect(await readColumns(table, `id-${offset}`)).toEqual(value.map(asHeld))
  })

  clause('a column that the schema gained is added, empty for older rows', async ({ open, readColumns }) => {
    const table = newTable(...columns.slice(0, 1))
    await append(await open(table), table, [row(0, { columns: ['old'] })])
    const grown = { ...table, columns: [{ name: 'new', kind: 'integer' } as const, ...table.columns] }
    await append(await open(grown), grown, [row(1, { columns: [7, 'new'] })])
    expect(await readColumns(grown, 'id-0')).toEqual([null, 'old'])
    expect(await readColumns(grown, 'id-1')).toEqual([7, 'new'])
    await append(await open(table), table, [row(2, { columns: ['older program'] })])
    expect(await readColumns(grown, 'id-2')).toEqual([null, 'older program'])
  })

  clause('a text column whose limit grew takes the longer text', async ({ open, readColumns }) => {
    const table = newTable({ name: 'short', kind: 'text', maxLength: 3 })
    await append(await open(table), table, [row(0, { columns: ['abc'] })])
    for (const [offset, maxLength] of [[1, 300], [2, 5000]] as const) {
      const wider = { ...table, columns: [{ name: 'short', kind: 'text', maxLength } as const] }
      await append(await open(wider), wider, [row(offset, { columns: ['x'.repeat(maxLength)] })])
      expect(await readColumns(wider, `id-${offset}`)).toEqual(['x'.repeat(maxLength)])
    }
  })

  clause('a column that became another kind is refused at start', async ({ open }) => {
    const table = newTable({ name: 'n', kind: 'integer' })
    await open(table)
    const changed = open({ ...table, columns: [{ name: 'n', kind: 'text' }] })
    await expect(changed).rejects.toMatchObject(refusal('INVALID_CONFIG'))
  })

  clause('an event field may be called like a column of our own', async ({ open, readColumns }) => {
    const ours = ['event_id', 'log_partition', 'log_offset', 'appended_at', 'slice', 'occurred_at', 'payload']
    const names = [...ours, 'select', 'Key']
    const table = newTable(...names.map((name) => ({ name, kind: 'text' }) as const))
    const store = await open(table)
    await append(store, table, [row(0, { columns: names })])
    expect(await readColumns(table, 'id-0')).toEqual(names)
    expect(await scan(store, table)).toMatchObject([{ id: 'id-0', payload: '{"n":0}' }])
    await append(await open(table), table, [row(1, { columns: names })])
  })

  clause('names that could be mistaken for SQL are refused at start', async ({ open }) => {
    for (const topic of ['raw`; drop', 'Großes', '', 'a_b', 'a'.repeat(61)])
      await expect(open({ topic, columns: [] })).rejects.toMatchObject(refusal('INVALID_CONFIG'))
    const column = { name: 'a` int', kind: 'text' } as const
    await expect(open({ topic: uniqueName('t'), columns: [column] })).rejects.toMatchObject(refusal('INVALID_CONFIG'))
    const twins = newTable({ name: 'user', kind: 'text' }, { name: 'User', kind: 'text' })
    await expect(open(twins)).rejects.toMatchObject(refusal('INVALID_CONFIG'))
  })
}

const asHeld = (value: ColumnValue): unknown => (typeof value === 'boolean' ? Number(value) : value)
