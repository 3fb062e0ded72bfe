import { setTimeout as sleep } from 'node:timers/promises'
import { TwofoldError } from '@twofold/core/errors.ts'
import { parseUpdate, type Progress, updatesTopic } from '@twofold/core/live/updates.ts'
import type { EventLog, NewRecord } from '@twofold/core/ports/event-log.ts'
import { likesByVideo } from '@twofold/core/views/likes.ts'
import { longestName } from '@twofold/core/views/longest-name.ts'
import { userCount } from '@twofold/core/views/user-count.ts'
import { describe, expect, it } from 'vitest'
import { createProgressReporter } from './progress-reporter.ts'

const users = [0, 1].map((partition) => ({ topic: 'user', partition }))
const likes = { topic: 'like', partition: 0 }

describe('progress that is told', () => {
  it('moves on with no event, up to the moment at which the end was seen', async () => {
    const { reporter, log, untilOf, wait } = setUp()
    log.ends.set('user', [7, 0])
    reporter.note(users[0]!, { nextOffset: 7, appendedAt: 900 })
    await reporter.report()
    expect(untilOf('user')).toEqual([900])
    for (const until of [1000, 1500, 2000]) {
      wait(500)
      await reporter.report()
      expect(untilOf('user')).toEqual([until])
    }
  })

  it('covers a partition that was opened at its end, and one that never had a record', async () => {
    const { reporter, log, untilOf } = setUp()
    log.ends.set('user', [7, 0])
    reporter.note(users[0]!, { nextOffset: 7, appendedAt: 0 })
    reporter.note(users[1]!, { nextOffset: 0, appendedAt: 0 })
    await reporter.report()
    expect(untilOf('user')).toEqual([0, 0])
    await reporter.report()
    expect(untilOf('user')).toEqual([1000, 1000])
  })

  it('claims nothing that was not flushed, whatever the log holds', async () => {
    const { reporter, log, told } = setUp()
    log.ends.set('user', [8, 0])
    reporter.note(users[0]!, { nextOffset: 7, appendedAt: 900 })
    await reporter.report()
    await reporter.report()
    expect(told('user').processed).toEqual([{ partition: 0, nextOffset: 7, until: 900 }])
    log.onAppend = () => reporter.note(users[0]!, { nextOffset: 8, appendedAt: 950 })
    await reporter.report()
    expect(told('user').processed).toEqual([{ partition: 0, nextOffset: 7, until: 900 }])
    await reporter.report()
    expect(told('user').processed).toEqual([{ partition: 0, nextOffset: 8, until: 1000 }])
  })

  it('holds what was flushed while the end was read against that end', async () => {
    const { reporter, log, told, wait } = setUp()
    log.ends.set('user', [7, 0])
    reporter.note(users[0]!, { nextOffset: 5, appendedAt: 700 })
    await reporter.report()
    wait(500)
    log.onRead = () => reporter.note(users[0]!, { nextOffset: 7, appendedAt: 900 })
    await reporter.report()
    expect(told('user').processed).toEqual([{ partition: 0, nextOffset: 7, until: 1000 }])
  })

  it('goes no further than the slowest of the clocks that stamped the round before', async () => {
    const { reporter, log, untilOf } = setUp()
    log.ends.set('user', [0, 0])
    log.skews.push(0, -300, 200)
    reporter.note(users[0]!, { nextOffset: 0, appendedAt: 0 })
    await reporter.report()
    await reporter.report()
    expect(untilOf('user')).toEqual([700])
  })

  it('is told to every partition of the updates, with the views of the topic', async () => {
    const { reporter, log } = setUp()
    reporter.note(users[0]!, { nextOffset: 0, appendedAt: 0 })
    reporter.note(likes, { nextOffset: 0, appendedAt: 0 })
    await reporter.report()
    expect(log.rounds).toHaveLength(1)
    expect(log.rounds[0]!.map(({ partition }) => partition)).toEqual([0, 1, 2, 0, 1, 2])
    const views = log.rounds[0]!.map((record) => progressIn(record).views)
    const version = '1-60000-600000'
    expect(views[0]).toEqual([{ view: 'user-count', version }, { view: 'longest-name', version }])
    expect(views[3]).toEqual([{ view: 'likes', version }])
  })

  it('holds nothing of partitions that were released', async () => {
    const { reporter, log, told } = setUp()
    for (const one of [...users, likes]) reporter.note(one, { nextOffset: 3, appendedAt: 5 })
    reporter.forget(users[0]!)
    reporter.forget(likes)
    await reporter.report()
    expect(told('user').processed).toEqual([{ partition: 1, nextOffset: 3, until: 5 }])
    reporter.forget(users[1]!)
    await reporter.report()
    expect(log.rounds).toHaveLength(1)
    expect(log.read).toEqual(['user'])
  })

  it('begins anew where a partition was opened again', async () => {
    const { reporter, told } = setUp()
    reporter.note(users[0]!, { nextOffset: 3, appendedAt: 5 })
    reporter.forget(users[0]!)
    reporter.note(users[0]!, { nextOffset: 1, appendedAt: 0 })
    await reporter.report()
    expect(told('user').processed).toEqual([{ partition: 0, nextOffset: 1, until: 0 }])
  })

  it('covers all partitions when two processes share them', async () => {
    const { reporter: one, another, log, wait } = setUp()
    const two = another()
    log.ends.set('user', [4, 4])
    one.note(users[0]!, { nextOffset: 4, appendedAt: 100 })
    two.note(users[1]!, { nextOffset: 4, appendedAt: 200 })
    for (let round = 0; round < 3; round++) {
      await one.report()
      wait(250)
      await two.report()
      wait(250)
    }
    const untils = log.rounds.flatMap(([record]) => progressIn(record!).processed.map(({ partition, until }) => [partition, until]))
    expect(untils).toEqual([[0, 100], [1, 200], [0, 1000], [1, 1250], [0, 1500], [1, 1750]])
  })

  it('is tried again in the next round, with what is known, when the log fails', async () => {
    const { reporter, log, untilOf, failures, wait } = setUp()
    log.ends.set('user', [3, 0])
    reporter.note(users[0]!, { nextOffset: 3, appendedAt: 5 })
    await reporter.report()
    for (const down of ['append', 'readBounds'] as const) {
      wait(500)
      log.down = down
      await reporter.report()
    }
    expect(failures).toEqual([1, 2])
    expect(log.rounds).toHaveLength(2)
    expect(untilOf('user')).toEqual([5])
    log.down = undefined
    await reporter.report()
    expect(untilOf('user')).toEqual([2000])
    log.down = 'append'
    await reporter.report()
    expect(failures).toEqual([1, 2, 1])
  })

  it('is told again and again until it is stopped, one round at a time', async () => {
    const { reporter, log } = setUp()
    reporter.note(users[0]!, { nextOffset: 0, appendedAt: 0 })
    let [underWay, most] = [0, 0]
    log.onRead = () => (most = Math.max(most, ++underWay))
    log.onAppend = () => underWay--
    reporter.start(1)
    while (log.rounds.length < 5) await sleep(1)
    reporter.stop()
    await sleep(20)
    const { length } = log.rounds
    await sleep(20)
    expect(log.rounds).toHaveLength(length)
    expect(most).toBe(1)
  })
})

function setUp() {
  let now = 1000
  const failures: number[] = []
  const log = createLog(() => now)
  const options = {
    log,
    views: [userCount, longestName, likesByVideo],
    settings: { sliceMs: 60_000, dedupHorizonMs: 600_000 },
    updatePartitions: 3,
    onProgressFailure: (_: unknown, inARow: number) => void failures.push(inARow),
  }
  const told = (topic: string): Progress => log.rounds.at(-1)!.map(progressIn).find((progress) => progress.topic === topic)!
  return {
    reporter: createProgressReporter(options),
    another: () => createProgressReporter(options),
    log,
    failures,
    told,
    untilOf: (topic: string) => told(topic).processed.map(({ until }) => until),
    wait: (ms: number) => void (now += ms),
  }
}

/** What a log was told, and how it behaves. */
interface FakeLog {
  readonly rounds: (readonly NewRecord[])[]
  /** Topics whose bounds were read. */
  readonly read: string[]
  readonly ends: Map<string, readonly number[]>
  /** How far the clocks of the records of a round are off. */
  readonly skews: number[]
  down: 'append' | 'readBounds' | undefined
  onAppend: () => unknown
  onRead: () => unknown
}

function createLog(now: () => number): FakeLog & Pick<EventLog, 'append' | 'readBounds'> {
  const fake: FakeLog = { rounds: [], read: [], ends: new Map(), skews: [], down: undefined, onAppend: () => 0, onRead: () => 0 }
  const refuse = (call: FakeLog['down']): void => {
    if (fake.down === call) throw new TwofoldError('LOG_UNAVAILABLE', `no ${call}`)
  }
  return Object.assign(fake, {
    async append(topic: string, records: readonly NewRecord[]) {
      expect(topic).toBe(updatesTopic)
      refuse('append')
      fake.rounds.push(records)
      fake.onAppend()
      return records.map((_, offset) => ({ partition: 0, offset, appendedAt: now() + (fake.skews[offset] ?? 0) }))
    },
    async readBounds(topic: string) {
      refuse('readBounds')
      fake.read.push(topic)
      const bounds = (fake.ends.get(topic) ?? []).map((end, partition) => ({ partition, begin: 0, end }))
      await sleep(0)
      fake.onRead()
      return bounds
    },
  })
}

function progressIn({ value }: NewRecord): Progress {
  const update = parseUpdate({ value: Buffer.from(value as string) })
  return update?.kind === 'progress' ? update.progress : expect.fail('no progress')
}
