import { counterStoreContract } from '@twofold/core/ports/counter-store.contract.ts'
import { openCassandraCounterStore } from './counter-store.ts'

const url = process.env.TWOFOLD_TEST_CASSANDRA_URL ?? ''

counterStoreContract({
  name: 'Cassandra',
  open: async ({ cellTtlMs }) => ({ store: await openCassandraCounterStore({ url, cellTtlMs }) }),
})
