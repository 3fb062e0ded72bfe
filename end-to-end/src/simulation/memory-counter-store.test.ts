import { counterStoreContract } from '@twofold/core/ports/counter-store.contract.ts'
import { createMemoryCounterStore } from './memory-counter-store.ts'

counterStoreContract({
  name: 'the memory of the simulation',
  open: async () => ({ store: createMemoryCounterStore() }),
  lacks: {
    'forgets cells a while after their last write, and positions never': 'a history is shorter than any time to live',
    'finishes what was called before close, and refuses what comes later': 'a simulation never closes its store',
  },
})
