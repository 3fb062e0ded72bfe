import { setTimeout as sleep } from 'node:timers/promises'
import { expect } from 'vitest'
import type { EventLog } from './event-log.ts'
import { type Clause, numbered, record, unique } from './event-log.contract-kit.ts'

export const topics: Readonly<Record<string, Clause>> = {
  'making a topic that stands already changes nothing': async ({ log, makeTopic, readAll }) => {
    const topic = await makeTopic(2)
    await log.append(topic, numbered(3, { partition: 1 }))
    const another = unique('topic')
    await log.createTopics([topic, another], { partitions: 2, retentionMs: 3_600_000 })
    expect(await readAll(topic, 3)).toHaveLength(3)
    expect(await log.readBounds(another)).toHaveLength(2)
  },

  'every partition of a topic that was just made takes what is appended, once': async ({ log, makeTopic }) => {
    const partitions = 48
    const topic = await makeTopic(partitions)
    await log.append(topic, Array.from({ length: partitions }, (_, partition) => record('x', { partition })))
    const bounds = await log.readBounds(topic)
    expect(bounds.map(({ begin, end }) => end - begin)).toEqual(Array(partitions).fill(1))
  },

  'two callers that make the same topic at once both succeed': async ({ log, reopen }) => {
    const topic = unique('topic')
    const settings = { partitions: 2, retentionMs: 3_600_000 }
    const second = await reopen()
    await Promise.all([log, second].map((each) => each.createTopics([topic], settings)))
    expect(await second.readBounds(topic)).toHaveLength(2)
  },

  'a topic with another partition count is refused with its name and both counts': async ({ log, makeTopic }) => {
    const topic = await makeTopic(3)
    const refused = await log.createTopics([topic], { partitions: 5, retentionMs: 3_600_000 }).catch((error) => error)
    expect(refused).toMatchObject({ code: 'TOPIC_MISCONFIGURED', message: expect.stringContaining(topic) })
    const withoutName = (refused as Error).message.replaceAll(topic, '')
    expect(withoutName).toMatch(/\b3\b/)
    expect(withoutName).toMatch(/\b5\b/)
  },

  'bounds are the half-open range of offsets that each partition holds': async ({ log, makeTopic }) => {
    const topic = await makeTopic(3)
    const empty = await log.readBounds(topic)
    expect(new Set(empty.map(({ partition }) => partition))).toEqual(new Set([0, 1, 2]))
    for (const { begin, end } of empty) expect(end).toBe(begin)
    const places = await log.append(topic, numbered(4, { partition: 1 }))
    const bounds = (await log.readBounds(topic)).toSorted((a, b) => a.partition - b.partition)
    expect(bounds[1]).toEqual({ partition: 1, begin: places[0]!.offset, end: places[3]!.offset + 1 })
    expect([bounds[0], bounds[2]].every((each) => each!.begin === each!.end)).toBe(true)
  },

  'seeking by time finds the first record whose own time reaches it, else the end': async ({ log, makeTopic }) => {
    const topic = await makeTopic(2)
    const places = await appendOverTime(log, topic)
    const { end } = (await log.readBounds(topic)).find(({ partition }) => partition === 1)!
    const times = places.flatMap(({ appendedAt }) => [appendedAt - 1, appendedAt, appendedAt + 1])
    for (const time of times) {
      const first = places.find(({ appendedAt }) => appendedAt >= time)
      expect(await log.findOffset({ topic, partition: 1 }, time), `at ${time}`).toBe(first?.offset ?? end)
    }
  },

  'seeking by time in a partition answers its begin when all is later': async ({ log, makeTopic }) => {
    const topic = await makeTopic()
    const [first] = await log.append(topic, numbered(3))
    expect(await log.findOffset({ topic, partition: 0 }, 1)).toBe(first!.offset)
    expect(await log.findOffset({ topic, partition: 0 }, first!.appendedAt - 3_600_000)).toBe(first!.offset)
  },

  'seeking by time in an empty partition answers its end': async ({ log, makeTopic }) => {
    const topic = await makeTopic()
    const [bounds] = await log.readBounds(topic)
    expect(await log.findOffset({ topic, partition: 0 }, 0)).toBe(bounds!.end)
  },

  'a log that is open answers a ping, one that is closed refuses it': async ({ log, reopen }) => {
    await log.ping()
    const second = await reopen()
    await second.close()
    await expect(second.ping()).rejects.toThrow()
  },

  'a log can be closed twice': async ({ reopen }) => {
    const log = await reopen()
    await Promise.all([log.close(), log.close()])
    await log.close()
  },
}

/** Appends of one to three records, some milliseconds apart, so that times differ between calls. */
async function appendOverTime(log: EventLog, topic: string) {
  const places = []
  for (const size of [1, 3, 2, 1]) {
    places.push(...(await log.append(topic, Array.from({ length: size }, () => record('x', { partition: 1 })))))
    await sleep(7)
  }
  return places
}
