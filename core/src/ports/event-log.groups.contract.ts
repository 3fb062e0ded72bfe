import { expect } from 'vitest'
import type { EventLog } from './event-log.ts'
import { type Clause, numbered, placeOf, record, unique, waitUntil } from './event-log.contract-kit.ts'
import { GroupMemory } from './event-log.contract-consumer.ts'

export const groups: Readonly<Record<string, Clause>> = {
  'two members of one group share its partitions, each with one member at a time': async (bench) => {
    const topic = await bench.makeTopic(4)
    const together = { group: unique('group'), memory: new GroupMemory() }
    const first = await bench.join(topic, together)
    await waitUntil('all partitions', () => first.owned.size === 4)
    const second = await bench.join(topic, together)
    await waitUntil('a fair share', () => first.owned.size === 2 && second.owned.size === 2)
    await appendEverywhere(bench.log, topic, 4, 25)
    await waitUntil('all records', () => first.records.length + second.records.length >= 100)
    const places = [...first.records, ...second.records].map(placeOf)
    expect(new Set(places).size).toBe(100)
    expect(second.records.length).toBe(50)
    expect(together.memory.violations).toEqual([])
  },

  'when a member leaves, another goes on where its open says': async ({ log, makeTopic, join }) => {
    const topic = await makeTopic(2)
    const together = { group: unique('group'), memory: new GroupMemory() }
    const members = [await join(topic, together), await join(topic, together)]
    const [leaver, stayer] = members as [(typeof members)[0], (typeof members)[0]]
    await waitUntil('a fair share', () => members.every(({ owned }) => owned.size === 1))
    await appendEverywhere(log, topic, 2, 10)
    await waitUntil('the first half', () => leaver.records.length + stayer.records.length >= 20)
    await leaver.subscription.close()
    await waitUntil('the take-over', () => stayer.owned.size === 2)
    await appendEverywhere(log, topic, 2, 10)
    await waitUntil('the second half', () => leaver.records.length + stayer.records.length >= 40)
    expect(new Set([...leaver.records, ...stayer.records].map(placeOf)).size).toBe(40)
    expect(together.memory.violations).toEqual([])
  },

  'members come and go under load, and no record is lost or delivered twice': async ({ log, makeTopic, join }) => {
    const topic = await makeTopic(4)
    const together = { group: unique('group'), memory: new GroupMemory() }
    const members = [await join(topic, together)]
    const appended = appendSteadily(log, topic, 4, 40)
    members.push(await join(topic, together))
    members.push(await join(topic, together))
    await members[0]!.subscription.close()
    members.push(await join(topic, together))
    await appended
    const seen = () => members.flatMap(({ records }) => records.map(placeOf))
    await waitUntil('all records', () => seen().length >= 160)
    expect(new Set(seen()).size).toBe(160)
    expect(seen()).toHaveLength(160)
    expect(together.memory.violations).toEqual([])
  },

  'more members than partitions leave some waiting, who take over when others leave': async (bench) => {
    const topic = await bench.makeTopic()
    const together = { group: unique('group'), memory: new GroupMemory() }
    const members = [await bench.join(topic, together), await bench.join(topic, together)]
    await waitUntil('one reader', () => members.some(({ owned }) => owned.size === 1))
    const busy = members.find(({ owned }) => owned.size === 1)!
    const idle = members.find((member) => member !== busy)!
    await busy.subscription.close()
    await waitUntil('the take-over', () => idle.owned.size === 1)
    await bench.log.append(topic, [record('x')])
    await waitUntil('the record', () => idle.records.length === 1)
    expect(together.memory.violations).toEqual([])
  },

  'two groups each see everything': async ({ log, makeTopic, join }) => {
    const topic = await makeTopic(2)
    await appendEverywhere(log, topic, 2, 50)
    const readers = [await join(topic), await join(topic)]
    await waitUntil('all records twice', () => readers.every(({ records }) => records.length >= 100))
    for (const { records } of readers) expect(new Set(records.map(placeOf)).size).toBe(100)
  },

  'a reported position moves nobody: open alone says where to start': async ({ log, makeTopic, join }) => {
    const topic = await makeTopic()
    const group = unique('group')
    const places = await log.append(topic, numbered(10))
    const first = await join(topic, { group })
    await waitUntil('all records', () => first.records.length === 10)
    first.subscription.reportPosition({ topic, partition: 0 }, places[9]!.offset + 1)
    await first.subscription.close()
    const second = await join(topic, { group, memory: new GroupMemory() })
    await waitUntil('all records again', () => second.records.length === 10)
    expect(second.records[0]!.offset).toBe(places[0]!.offset)
  },
}

async function appendEverywhere(log: EventLog, topic: string, partitions: number, count: number): Promise<void> {
  for (let partition = 0; partition < partitions; partition++) await log.append(topic, numbered(count, { partition }))
}

async function appendSteadily(log: EventLog, topic: string, partitions: number, rounds: number): Promise<void> {
  for (let i = 0; i < rounds; i++) await appendEverywhere(log, topic, partitions, 1)
}
