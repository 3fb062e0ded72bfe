import { setImmediate as turn } from 'node:timers/promises'
import type { TopicPartition } from '@twofold/core/ports/event-log.ts'
import { storedVersion } from '@twofold/core/views/view.ts'
import { noDangers } from './process.ts'
import { startRowWorker, startSpeedWorker, type Worker } from './workers.ts'
import type { World } from './world.ts'

const everything = 1_000_000

/** Brings the speed layer of every partition to the end of its log: with who is there, else with somebody new. */
export async function settleSpeed(world: World, workers: readonly Worker[]): Promise<void> {
  for (const partition of world.log.partitions) {
    const present = workers.find((worker) => worker.partition === partition && worker.isIdle())
    if (present && world.random.chance(0.5)) await drain(present)
    if (await isSettled(world, partition)) continue
    await drain(startSpeedWorker(world, partition, noDangers))
    if (!(await isSettled(world, partition)))
      throw new Error(`${partition.topic}/${partition.partition} does not settle`)
  }
}

/** Brings the raw rows of every partition to the end of its log. */
export async function settleRows(world: World): Promise<void> {
  for (const partition of world.log.partitions) await drain(startRowWorker(world, partition, noDangers))
}

async function drain(worker: Worker): Promise<void> {
  await turn()
  if (worker.isIdle()) worker.feed(everything)
  await turn()
  if (worker.isIdle()) worker.release()
  await turn()
}

async function isSettled({ log, counters, watched, settings }: World, partition: TopicPartition): Promise<boolean> {
  const end = (log.recordsOf(partition).at(-1)?.offset ?? -1) + 1
  for (const { view } of watched) {
    if (view.topic !== partition.topic) continue
    const positions = await counters.readPositions(view.name, storedVersion(view, settings))
    const position = positions.find((one) => one.partition === partition.partition)
    if (!position || position.nextOffset < end) return false
  }
  return true
}
