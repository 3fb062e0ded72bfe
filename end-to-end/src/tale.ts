import type { Client } from './client.ts'
import type { System } from './system.ts'

/** What a story is told with. */
export interface Tale {
  readonly system: System
  readonly client: Client
}

export type Teller = (tale: () => Tale) => void
