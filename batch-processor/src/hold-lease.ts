import { TwofoldError } from '@twofold/core/errors.ts'
import type { RowStore } from '@twofold/core/ports/row-store.ts'

/** A lease that is prolonged in the background while it is held. */
export interface Lease {
  /** Throws LEASE_LOST once somebody else may hold it. */
  refuseIfLost(): void
  release(): Promise<void>
}

export interface LeaseOptions {
  readonly rows: RowStore
  readonly owner: string
  readonly leaseMs: number
}

/** Takes a lease by database time, or answers null when somebody else holds it. */
export async function holdLease({ rows, owner, leaseMs }: LeaseOptions, name: string): Promise<Lease | null> {
  if (!(await rows.holdLease(name, owner, leaseMs))) return null
  let isLost = false
  let prolonging: Promise<void> = Promise.resolve()
  const prolong = async (): Promise<void> => {
    // One that fails is not a lost lease: publishing checks it again, in the transaction.
    isLost ||= !(await rows.holdLease(name, owner, leaseMs).catch(() => true))
  }
  const timer = setInterval(() => void (prolonging = prolonging.then(prolong)), leaseMs / 3)
  timer.unref()
  return {
    refuseIfLost() {
      if (isLost) throw new TwofoldError('LEASE_LOST', `the lease ${name} went to another process`)
    },
    async release() {
      clearInterval(timer)
      // One under way would take the lease again after it was given back.
      await prolonging
      await rows.releaseLease(name, owner).catch(() => undefined)
    },
  }
}
