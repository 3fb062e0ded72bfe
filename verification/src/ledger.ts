import { closeSync, openSync, readFileSync, writeSync } from 'node:fs'

/** What became of an event: it may be stored unless it was refused. */
export type Outcome = 'sent' | 'acknowledged' | 'refused'

export interface LedgerEntry {
  readonly topic: string
  readonly id: string
  readonly payload: Readonly<Record<string, unknown>>
  outcome: Outcome
}

/** Everything that a simulator sent, by topic and id. */
export interface Ledger {
  /** Notes an event; call it before the event leaves the process. */
  noteSent(event: Omit<LedgerEntry, 'outcome'>): void
  noteOutcome(event: Pick<LedgerEntry, 'topic' | 'id'>, outcome: Exclude<Outcome, 'sent'>): void
  find(topic: string, id: string): LedgerEntry | undefined
  entries(): Iterable<LedgerEntry>
  close(): void
}

/**
 * With a path every note is a line of NDJSON, written at once: a kill of the simulator loses none of them. An existing
 * file is continued.
 */
export function openLedger(path?: string): Ledger {
  const entries = path === undefined ? new Map<string, LedgerEntry>() : readEntries(path)
  const file = path === undefined ? undefined : openSync(path, 'a')
  // A kill may have left half a line, which must not spoil the next one.
  if (file !== undefined && entries.size > 0) writeSync(file, '\n')
  const write = (line: object): void => {
    if (file !== undefined) writeSync(file, `${JSON.stringify(line)}\n`)
  }
  return {
    noteSent({ topic, id, payload }) {
      if (entries.has(keyOf(topic, id))) return
      write({ topic, id, payload })
      entries.set(keyOf(topic, id), { topic, id, payload, outcome: 'sent' })
    },
    noteOutcome({ topic, id }, outcome) {
      const entry = entries.get(keyOf(topic, id))
      if (!entry || entry.outcome === 'acknowledged' || entry.outcome === outcome) return
      write({ topic, id, outcome })
      entry.outcome = outcome
    },
    find: (topic, id) => entries.get(keyOf(topic, id)),
    entries: () => entries.values(),
    close: () => file !== undefined && closeSync(file),
  }
}

/** Reads ledger files into one. Later lines add to what earlier ones say; a torn last line is left out. */
export function readLedgers(paths: readonly string[]): Ledger {
  const ledger = openLedger()
  for (const path of paths) {
    for (const entry of readEntries(path, { mustExist: true }).values()) {
      ledger.noteSent(entry)
      if (entry.outcome !== 'sent') ledger.noteOutcome(entry, entry.outcome)
    }
  }
  return ledger
}

function readEntries(path: string, { mustExist = false } = {}): Map<string, LedgerEntry> {
  const entries = new Map<string, LedgerEntry>()
  for (const line of readText(path, mustExist).split('\n')) {
    const note = parseLine(line)
    if (!note) continue
    const { topic, id, payload, outcome } = note
    const entry = entries.get(keyOf(topic, id))
    if (entry) entry.outcome = outcome ?? entry.outcome
    else if (payload) entries.set(keyOf(topic, id), { topic, id, payload, outcome: outcome ?? 'sent' })
  }
  return entries
}

function readText(path: string, mustExist: boolean): string {
  try {
    return readFileSync(path, 'utf8')
  } catch (error) {
    if (!mustExist && (error as NodeJS.ErrnoException).code === 'ENOENT') return ''
    throw error
  }
}

function parseLine(line: string): (Pick<LedgerEntry, 'topic' | 'id'> & Partial<LedgerEntry>) | undefined {
  if (!line.endsWith('}')) return undefined
  try {
    return JSON.parse(line) as LedgerEntry
  } catch {
    return undefined
  }
}

function keyOf(topic: string, id: string): string {
  return `${topic}\n${id}`
}
