import type { View } from '@twofold/core/views/view.ts'
import { inTime } from '@twofold/runtime/in-time.ts'
import type { Provenance } from '../answer-view.ts'

/** Where pushed rows come from, as far as it was last found out: no tick waits for a store. */
export interface RememberedProvenance {
  /** What is known now; looks anew in the background when that is older than a second. */
  of(view: View): Provenance
  /** Resolves when something is known of a view, or a store takes too long. Never rejects. */
  prepare(view: View): Promise<void>
}

export interface ProvenanceOptions {
  readonly find: (view: View) => Promise<Provenance>
  /** Milliseconds since some moment; never steps. */
  readonly elapsed: () => number
  readonly onError: (error: unknown) => void
}

const maxAgeMs = 1000
/** Longest wait of a reader who comes first. Milliseconds. */
const patienceMs = 1000

interface Known {
  provenance: Provenance
  lookedAt: number
  looking: Promise<void> | undefined
}

/** What `missing` says while nobody can tell where the rows stand. */
export const staleProvenance = 'asOf: the stores can not be read'

const nothingKnown: Provenance = {
  asOf: { boundary: null, run: null, appendedAt: null, positions: {}, lagMs: null },
  complete: false,
  missing: [staleProvenance],
}

/** Asks the stores at most once a second for a view, and only while somebody is told of it. */
export function rememberProvenance({ find, elapsed, onError }: ProvenanceOptions): RememberedProvenance {
  const known = new Map<string, Known>()

  const look = async (view: View, entry: Known): Promise<void> => {
    entry.lookedAt = elapsed()
    try {
      entry.provenance = await find(view)
    } catch (error) {
      if (!isStale(entry.provenance)) onError(error)
      entry.provenance = staleCopy(entry.provenance)
    }
    entry.looking = undefined
  }
  const refreshed = (view: View): Known => {
    const entry = known.get(view.name) ?? { provenance: nothingKnown, lookedAt: Number.NEGATIVE_INFINITY, looking: undefined }
    known.set(view.name, entry)
    if (!entry.looking && elapsed() - entry.lookedAt >= maxAgeMs) entry.looking = look(view, entry)
    return entry
  }
  return {
    of: (view) => refreshed(view).provenance,
    async prepare(view) {
      const { looking } = refreshed(view)
      if (looking) await inTime(looking, patienceMs, 'looking').catch(() => undefined)
    },
  }
}

function isStale({ missing }: Provenance): boolean {
  return missing.includes(staleProvenance)
}

function staleCopy(provenance: Provenance): Provenance {
  if (isStale(provenance)) return provenance
  return { ...provenance, complete: false, missing: [...provenance.missing, staleProvenance] }
}
