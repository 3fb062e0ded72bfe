import { randomUUID } from 'node:crypto'
import type { AnyEventType } from '@twofold/core/events/event.ts'
import { headerText } from '@twofold/core/events/envelope.ts'
import type { EventLog, LogRecord } from '@twofold/core/ports/event-log.ts'
import type { RowStore } from '@twofold/core/ports/row-store.ts'
import { readRowsBefore } from './count-rows.ts'
import type { Moment } from './find-moment.ts'

/** What became of every record of a topic. */
export interface LogCheck {
  readonly ticks: number
  /** Records whose id another record brought before. */
  readonly repeats: number
  /** Places (`partition/offset`) of records that are neither a row, a dead letter, a repeat nor a tick. */
  readonly lost: readonly string[]
}

const maxKept = 1_000_000
const timeoutMs = 120_000

/** Reads a topic's whole log beside its consumers, and looks for every record in the row store. Holds all ids. */
export async function checkLog(log: EventLog, rows: RowStore, type: AnyEventType, moment: Moment): Promise<LogCheck> {
  const ids = new Set<string>()
  const stored = new Set<string>()
  for await (const row of readRowsBefore(rows, moment)) {
    ids.add(row.id)
    stored.add(placeOf(row))
  }
  for (const letter of await rows.readDeadLetters(moment.topic, maxKept)) stored.add(placeOf(letter))
  const result = { ticks: 0, repeats: 0, lost: [] as string[] }
  await readLog(log, moment, (record) => {
    if (stored.has(placeOf(record))) return
    if (record.value === null && record.headers['twofold-tick'] !== undefined) result.ticks++
    else if (idsOf(type, record).some((id) => ids.has(id))) result.repeats++
    else result.lost.push(placeOf(record))
  })
  return result
}

/** Every record before the ends, through a consumer group of its own that commits nothing. */
async function readLog(log: EventLog, moment: Moment, onRecord: (record: LogRecord) => void): Promise<void> {
  const { topic, begins, ends } = moment
  const waiting = new Set(
    [...ends].filter(([partition, end]) => end > (begins.get(partition) ?? 0)).map(([partition]) => partition),
  )
  if (waiting.size === 0) return
  const { promise: finished, resolve, reject } = Promise.withResolvers<void>()
  const timer = setTimeout(
    () => reject(new Error(`the log of ${topic} was not read within ${timeoutMs} ms`)),
    timeoutMs,
  )
  const subscription = await log.subscribe(`verify-${randomUUID()}`, [topic], {
    open: ({ partition }) => Promise.resolve(begins.get(partition) ?? 0),
    async take({ partition }, records) {
      const end = ends.get(partition) ?? 0
      for (const record of records) if (waiting.has(partition) && record.offset < end) onRecord(record)
      if ((records.at(-1)?.offset ?? -1) + 1 >= end) waiting.delete(partition)
      if (waiting.size === 0) resolve()
    },
    release: () => Promise.resolve(),
  })
  try {
    await finished
  } finally {
    clearTimeout(timer)
    await subscription.close()
  }
}

function placeOf({ partition, offset }: Pick<LogRecord, 'partition' | 'offset'>): string {
  return `${partition}/${offset}`
}

/** What may be its id: what its payload says, or its envelope. */
function idsOf(type: AnyEventType, { value, headers }: LogRecord): string[] {
  try {
    const payload = JSON.parse(Buffer.from(value ?? []).toString()) as object
    return [type.idOf(payload), headerText(headers['ce_id'])].filter((id) => id !== undefined)
  } catch {
    return []
  }
}
