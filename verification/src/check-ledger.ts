import type { Ledger } from './ledger.ts'
import { type NaiveRow, payloadOf } from './naive-view.ts'

/** Something that the ledger and the raw rows tell differently. */
export interface LedgerFault {
  readonly kind: 'lost' | 'twice' | 'never sent' | 'refused but stored' | 'other payload'
  readonly topic: string
  readonly id: string
}

/** Holds raw rows against a ledger. Ids only are kept. */
export interface LedgerCheck {
  note(topic: string, row: NaiveRow): void
  /** After the last row of these topics. */
  finish(topics: ReadonlySet<string>): LedgerFault[]
}

/** What is acknowledged by now must be stored; a ledger may go on growing meanwhile. */
export function createLedgerCheck(ledger: Ledger): LedgerCheck {
  const promised = [...ledger.entries()].filter(({ outcome }) => outcome === 'acknowledged')
  const stored = new Map<string, Set<string>>()
  const faults: LedgerFault[] = []
  return {
    note(topic, row) {
      const ids = stored.get(topic) ?? new Set<string>()
      stored.set(topic, ids)
      const kind = ids.has(row.id) ? 'twice' : judge(ledger, topic, row)
      ids.add(row.id)
      if (kind) faults.push({ kind, topic, id: row.id })
    },
    finish(topics) {
      for (const { topic, id } of promised) {
        if (topics.has(topic) && !stored.get(topic)?.has(id)) faults.push({ kind: 'lost', topic, id })
      }
      return faults
    },
  }
}

function judge(ledger: Ledger, topic: string, row: NaiveRow): LedgerFault['kind'] | undefined {
  const entry = ledger.find(topic, row.id)
  if (!entry) return 'never sent'
  if (entry.outcome === 'refused') return 'refused but stored'
  return isSamePayload(entry.payload, payloadOf(row)) ? undefined : 'other payload'
}

/** Times are compared as times, the rest as text: a number may have become one. */
function isSamePayload(sent: Readonly<Record<string, unknown>>, stored: Readonly<Record<string, unknown>>): boolean {
  return Object.entries(sent).every(([name, value]) => {
    if (name === 'timestamp') return new Date(value as string).getTime() === new Date(stored[name] as string).getTime()
    return String(value) === String(stored[name])
  })
}
