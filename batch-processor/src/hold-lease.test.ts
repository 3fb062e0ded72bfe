import { setTimeout as sleep } from 'node:timers/promises'
import type { RowStore } from '@twofold/core/ports/row-store.ts'
import { describe, expect, it } from 'vitest'
import { holdLease } from './hold-lease.ts'

describe('a lease', () => {
  it('is prolonged while it is held, and not again once it was given back', async () => {
    const { rows, calls } = storeOf(async () => {
      await sleep(30)
      return true
    })
    const lease = await holdLease({ rows, owner: 'a', leaseMs: 60 }, 'l')
    await sleep(70)
    await lease!.release()
    const last = calls.at(-1)
    await sleep(60)
    expect(calls.filter((call) => call === 'hold').length).toBeGreaterThan(1)
    expect([last, calls.at(-1)]).toEqual(['release', 'release'])
  })

  it('is null when somebody else has it', async () => {
    expect(await holdLease({ rows: storeOf(async () => false).rows, owner: 'a', leaseMs: 60 }, 'l')).toBeNull()
  })

  it('is lost once somebody else has it, but not because a store did not answer', async () => {
    const answers = [true, new Error('down'), false]
    const { rows } = storeOf(async () => {
      const answer = answers.shift() ?? false
      if (answer instanceof Error) throw answer
      return answer
    })
    const lease = (await holdLease({ rows, owner: 'a', leaseMs: 60 }, 'l'))!
    await sleep(30)
    expect(() => lease.refuseIfLost()).not.toThrow()
    await sleep(60)
    expect(() => lease.refuseIfLost()).toThrow(/went to another process/)
    await lease.release()
  })
})

function storeOf(hold: () => Promise<boolean>) {
  const calls: string[] = []
  const rows = {
    holdLease: () => {
      calls.push('hold')
      return hold()
    },
    releaseLease: async () => void calls.push('release'),
  }
  return { rows: rows as unknown as RowStore, calls }
}
