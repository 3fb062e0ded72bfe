import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { events } from '@twofold/core/events/index.ts'
import { naiveViews } from '@twofold/verification/naive-counts.ts'
import { simulate, type SimulateOptions, type Simulation } from '@twofold/verification/simulate.ts'
import { verify } from '@twofold/verification/verify.ts'
import { watchAnswers } from '@twofold/verification/watch-answers.ts'
import { expect } from 'vitest'
import type { System } from './system.ts'

/** The views whose answers can be held against what was sent at every moment. */
const countViews = naiveViews.filter(({ view }) => view !== 'longest-name')

/** Sends load to one system and proves it counted, as often as a test likes. All load must come from here. */
export interface Prover {
  /**
   * Sends a steady load with a fifth repeats and some late events while `disturb` breaks things, watching every
   * answer; then nothing acknowledged may be missing or counted twice, in any view.
   */
  prove(load: Pick<SimulateOptions, 'rate' | 'durationMs' | 'seed'>, disturb: () => Promise<void>): Promise<Simulation>
  /** Refuses an answer that was wrong at any moment since the beginning. */
  close(): Promise<void>
}

export async function createProver(system: System): Promise<Prover> {
  const folder = await mkdtemp(join(tmpdir(), 'twofold-ledger-'))
  const watch = watchAnswers({ apiUrl: system.analyticsUrl, naiveViews: countViews })
  const { log, rows } = await system.openStores()
  return {
    async prove(load, disturb) {
      const always = { url: system.ingestUrl, repeats: 0.2, late: 0.05, giveUpMs: 120_000, ledgerPath: join(folder, 'sent.ndjson') }
      const [simulation] = await Promise.all([simulate({ ...always, ...load, onSend: watch.noteSent }), disturb()])
      const { ledger, counts, firstRefusal } = simulation
      expect(counts.refused + counts.givenUp, firstRefusal).toBe(0)
      const { text, outcome } = await verify({ log, rows, apiUrl: system.analyticsUrl, naiveViews, events, ledger, timeoutMs: 90_000 })
      expect(outcome, text).toBe('equal')
      expect(text).toContain('0 differences')
      return simulation
    },
    async close() {
      const { violations, answers, failures } = await watch.stop()
      await rm(folder, { recursive: true })
      expect(violations).toEqual([])
      expect(answers).toBeGreaterThan(failures)
    },
  }
}
