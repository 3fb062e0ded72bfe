import type { Cell, CounterStore } from '@twofold/core/ports/counter-store.ts'
import type { EventLog } from '@twofold/core/ports/event-log.ts'
import type { RowStore } from '@twofold/core/ports/row-store.ts'
import { addressOf, isNewer, type Keeps } from './memory-counter-store.ts'
import type { Sabotage } from './sabotage.ts'

/** One broken rule each, by its name. */
export const saboteurs: Readonly<Record<string, Sabotage>> = {
  'a batch layer that cuts by event time': { batchRows: cutByEventTime },
  'a boundary from the clock of the job': { batchLog: boundaryFromClock },
  'append times that step back': {
    work: (work) => ({ ...work, fold: (record) => work.fold(record, record.timestamp) }),
  },
  'cells that are written as increments': { counters: writeIncrements, keeps: keepSums() },
  'a counter store where the last write wins': {
    keeps: { cell: (_, written) => written, position: (_, written) => written },
  },
  'a position that is written before its cells': { counters: writePositionsFirst },
  'a position that is written before its updates': { updates: appendLater },
  'a batch run that does not wait for the rows': { batchRows: neverBehind },
  'a replay that begins without the horizon': { speedLog: skipHorizon },
  'a view that hides where it began': { counters: hideFirstSlice },
}

function cutByEventTime(rows: RowStore): RowStore {
  return replace(rows, {
    async *scanRows(topic, before) {
      for await (const chunk of rows.scanRows(topic, Number.MAX_SAFE_INTEGER)) {
        yield chunk.filter(({ occurredAt }) => occurredAt < before)
      }
    },
  })
}

function boundaryFromClock(log: EventLog, now: () => number): EventLog {
  return replace(log, {
    append: async (topic, records) =>
      (await log.append(topic, records)).map((record) => ({ ...record, appendedAt: now() })),
  })
}

/** What a worker adds is what it knows of beyond what it wrote last. */
function writeIncrements(store: CounterStore): CounterStore {
  const written = new Map<string, number>()
  const increment = (cell: Cell): Cell => {
    const state = Number(cell.state)
    return Number.isNaN(state) ? cell : { ...cell, state: String(state - (written.get(addressOf(cell)) ?? 0)) }
  }
  return replace(store, {
    async writeCells(cells) {
      await store.writeCells(cells.map(increment))
      for (const cell of cells) written.set(addressOf(cell), Number(cell.state))
    },
  })
}

function keepSums(): Keeps {
  const add = (held: Cell, { state }: Cell): string =>
    state.startsWith('{') ? state : String(Number(held.state) + Number(state))
  return {
    cell: (held, written) => ({ ...written, state: isNumber(written.state) ? add(held, written) : written.state }),
    position: (held, written) => (isNewer(held, written) ? written : held),
  }
}

function isNumber(text: string): boolean {
  return text.trim() !== '' && !Number.isNaN(Number(text))
}

function writePositionsFirst(store: CounterStore): CounterStore {
  let waiting: readonly Cell[] = []
  return replace(store, {
    async writeCells(cells) {
      waiting = cells
    },
    async writePositions(positions) {
      await store.writePositions(positions)
      await store.writeCells(waiting)
      waiting = []
    },
  })
}

/** What is appended is stored with what is appended after it. */
function appendLater(log: EventLog): EventLog {
  let waiting: () => Promise<unknown> = async () => undefined
  return replace(log, {
    async append(topic, records) {
      await waiting()
      waiting = () => log.append(topic, records)
      return []
    },
  })
}

function neverBehind(rows: RowStore): RowStore {
  return replace(rows, {
    readPositions: async (topic) =>
      (await rows.readPositions(topic)).map((position) => ({ ...position, nextOffset: Number.MAX_SAFE_INTEGER })),
  })
}

function skipHorizon(log: EventLog): EventLog {
  return replace(log, { findOffset: (partition, time) => log.findOffset(partition, time + 5000) })
}

function hideFirstSlice(store: CounterStore): CounterStore {
  return replace(store, {
    writePositions: (positions) => store.writePositions(positions.map((position) => ({ ...position, firstSlice: 0 }))),
  })
}

function replace<Port extends object>(port: Port, parts: Partial<Port>): Port {
  return new Proxy(port, { get: (target, name) => Reflect.get(name in parts ? parts : target, name) as unknown })
}
