import { isRetriable, TwofoldError } from '@twofold/core/errors.ts'
import type { CounterStore } from '@twofold/core/ports/counter-store.ts'
import type { EventLog, LogConsumer, TopicPartition } from '@twofold/core/ports/event-log.ts'
import type { RowStore } from '@twofold/core/ports/row-store.ts'
import type { PartitionWork } from '@twofold/dataflow/partition-work.ts'
import { runPartitions } from '@twofold/dataflow/run-partitions.ts'
import { openPartition as openSpeed } from '@twofold/stream-processor/open-partition.ts'
import { openPartition as openRows } from '@twofold/transactional-service/open-partition.ts'
import { createProcess, type Dangers, type Process, viaProcess } from './process.ts'
import { eventLogOf, partitionCount, typesOf, viewsOf, type World } from './world.ts'

/** One process of a service, with one partition. */
export interface Worker {
  readonly partition: TopicPartition
  readonly process: Process
  /** False while it waits for a store, and once it lost its partition. */
  isIdle(): boolean
  isOver(): boolean
  /** Hands it the next records of its partition, at most `limit`. */
  feed(limit: number): void
  /** Takes the partition away, in peace. */
  release(): void
}

type Open = (world: World, process: Process, partition: TopicPartition) => Promise<PartitionWork>

/** A worker of the speed layer. What it sees of the stores may fail at every single cell. */
export function startSpeedWorker(world: World, partition: TopicPartition, dangers: Dangers): Worker {
  return startWorker(world, partition, dangers, (_, process) => {
    const whole = world.sabotage.speedLog?.(eventLogOf(world)) ?? eventLogOf(world)
    const log = losingAppends(world, world.sabotage.updates?.(whole) ?? whole, process, dangers)
    const fragile = cellByCell(world, viaProcess<CounterStore>(world.counters, process), dangers)
    const counters = world.sabotage.counters?.(fragile) ?? fragile
    const rows = viaProcess<RowStore>(world.rows, process)
    return openSpeed(
      { log, counters, rows, events: typesOf(world), views: viewsOf(world), settings: world.settings, updatePartitions: partitionCount },
      partition,
    )
  })
}

/** A worker of the transactional service. */
export function startRowWorker(world: World, partition: TopicPartition, dangers: Dangers): Worker {
  return startWorker(world, partition, dangers, (_, process) => {
    const rows = losingAnswers(world, viaProcess<RowStore>(world.rows, process), dangers)
    return openRows({ log: eventLogOf(world), rows, events: typesOf(world), settings: world.settings }, partition)
  })
}

function startWorker(world: World, partition: TopicPartition, dangers: Dangers, open: Open): Worker {
  const process = createProcess(world.random, dangers)
  let state: 'idle' | 'busy' | 'over' = 'busy'
  let next = 0
  const becomes = (after: typeof state) => (): void => void (state = after)
  const consumer = consumerOf(world, (one) => open(world, process, one).then(world.sabotage.work ?? ((work) => work)))
  const opened = consumer.then((one) => one.open(partition))

  opened.then((offset) => (next = offset)).then(becomes('idle'), becomes('over'))

  const use = (action: (one: LogConsumer) => Promise<void>, after: typeof state): void => {
    state = 'busy'
    void consumer.then(action).then(becomes(after), becomes('over'))
  }
  return {
    partition,
    process,
    isIdle: () => state === 'idle' && process.state === 'running',
    isOver: () => state === 'over' || process.state === 'dead',
    feed(limit) {
      const records = world.log.read(partition, next, limit)
      if (records.length === 0) return
      next = records.at(-1)!.offset + 1
      use((one) => one.take(partition, records), 'idle')
    },
    release: () => use((one) => one.release(partition), 'over'),
  }
}

/** The real loop; only who hands it the records is ours. */
async function consumerOf(
  world: World,
  open: (partition: TopicPartition) => Promise<PartitionWork>,
): Promise<LogConsumer> {
  const { promise, resolve } = Promise.withResolvers<LogConsumer>()
  const subscribe: EventLog['subscribe'] = async (_group, _topics, consumer) => {
    resolve(consumer)
    return { reportPosition: () => undefined, close: async () => undefined }
  }
  await runPartitions({
    log: { ...eventLogOf(world), subscribe },
    group: 'simulation',
    topics: world.topics,
    open,
    // A flush after each batch, or only once many records wait or the partition is released: no timer ever decides.
    ...world.random.pick([
      { flushMs: 0, maxPending: 1 },
      { flushMs: 2 ** 31 - 1, maxPending: 2 + world.random.below(20) },
    ]),
    closeTimeoutMs: 60_000,
    retry: untilDone,
    onFatal: (error) => world.fatal.push(error),
  })
  return promise
}

async function untilDone(action: () => Promise<void>): Promise<void> {
  for (;;) {
    try {
      return await action()
    } catch (error) {
      if (!isRetriable(error)) throw error
    }
  }
}

const timeout = (): TwofoldError => new TwofoldError('STORE_UNAVAILABLE', 'timed out')

/**
 * Writes cells one after the other in any order. A call may time out at one of them, which then arrives whenever it
 * likes: long after newer ones were written.
 */
function cellByCell(world: World, store: CounterStore, dangers: Dangers): CounterStore {
  const { random, counters } = world
  const lateOf = <Kept>(written: readonly Kept[]): Kept | undefined =>
    random.chance(dangers.timeout) && written.length > 0 ? random.pick(written) : undefined
  const timeOut = (write: () => Promise<void>): never => {
    world.inFlight.push(write)
    throw timeout()
  }
  return {
    ...pick(store),
    async writeCells(cells) {
      const late = lateOf(cells)
      for (const cell of random.shuffle(cells)) {
        if (cell === late) timeOut(() => counters.writeCells([cell]))
        await store.writeCells([cell])
      }
    },
    async writePositions(positions) {
      const late = lateOf(positions)
      for (const position of positions) {
        if (position === late) timeOut(() => counters.writePositions([position]))
        await store.writePositions([position])
      }
    },
  }
}

/** An append that times out may have stored some of its records. */
function losingAppends({ random }: World, log: EventLog, process: Process, dangers: Dangers): EventLog {
  return {
    ...log,
    async append(topic, records) {
      await process.step()
      const isLost = random.chance(dangers.timeout)
      const places = await log.append(topic, isLost ? records.slice(random.below(records.length + 1)) : records)
      if (isLost) throw new TwofoldError('LOG_UNAVAILABLE', 'timed out')
      await process.step()
      return places
    },
  }
}

function pick(store: CounterStore): CounterStore {
  return {
    writeCells: (cells) => store.writeCells(cells),
    readCells: (query) => store.readCells(query),
    writePositions: (positions) => store.writePositions(positions),
    readPositions: (view, version) => store.readPositions(view, version),
    ping: () => store.ping(),
    close: () => store.close(),
  }
}

/** A transaction may be committed and its answer lost. */
function losingAnswers(world: World, rows: RowStore, dangers: Dangers): RowStore {
  return new Proxy(rows, {
    get(target, name) {
      if (name !== 'writeRows') return Reflect.get(target, name) as unknown
      return async (...batch: Parameters<RowStore['writeRows']>) => {
        if (world.random.chance(dangers.timeout)) throw timeout()
        const result = await target.writeRows(...batch)
        if (world.random.chance(dangers.timeout)) throw timeout()
        return result
      }
    },
  })
}
