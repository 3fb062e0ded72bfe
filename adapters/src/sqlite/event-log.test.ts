import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { eventLogContract } from '@twofold/core/ports/event-log.contract.ts'
import { afterAll } from 'vitest'
import { openSqliteEventLog } from './event-log.ts'

const folder = mkdtempSync(join(tmpdir(), 'twofold-log-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const now = (): number => Date.now()

eventLogContract({
  name: 'SQLite',
  open: async () => ({ log: await openSqliteEventLog({ path: join(folder, 'contract.db'), now }) }),
})
