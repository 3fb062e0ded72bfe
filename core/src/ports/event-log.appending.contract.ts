import { expect } from 'vitest'
import type { LogRecord, NewRecord } from './event-log.ts'
import { type Bench, type Clause, numbered, placeOf, record, textOf, unique } from './event-log.contract-kit.ts'

const awkwardKeys = ['A', 'a', '\u00e9', 'e\u0301', '', 'Ж', '🦊', 'x'.repeat(500), '\u0000', '10', '010', ' 10']

export const appending: Readonly<Record<string, Clause>> = {
  'an append is durable when it resolves: a log opened anew reads it': async ({ reopen, makeTopic, readAll }) => {
    const topic = await makeTopic()
    const first = await reopen()
    const places = await first.append(topic, numbered(3))
    await first.close()
    const records = await readAll(topic, 3, await reopen())
    expect(records.map(placeOf)).toEqual(places.map(placeOf))
    expect(records.map(({ value }) => textOf(value))).toEqual(['0', '1', '2'])
  },

  'an append answers partition, offset and append time per record, in the order given': async (bench) => {
    const topic = await bench.makeTopic(3)
    const partitions = [2, 0, 1, 0, 2, 2]
    const places = await bench.log.append(topic, partitions.map((partition, i) => record(String(i), { partition })))
    expect(places.map(({ partition }) => partition)).toEqual(partitions)
    const kept = new Map((await bench.readAll(topic, 6)).map((each) => [placeOf(each), each]))
    expect(places.map((place) => textOf(kept.get(placeOf(place))!.value))).toEqual(['0', '1', '2', '3', '4', '5'])
    expect(places.map((place) => kept.get(placeOf(place))!.timestamp)).toEqual(places.map((each) => each.appendedAt))
    for (const { appendedAt } of places) expect(appendedAt).toSatisfy(Number.isSafeInteger)
  },

  'the records of one call stand in their partition in the order given': async ({ log, makeTopic, readAll }) => {
    const topic = await makeTopic(2)
    await log.append(topic, numbered(500, { partition: 1 }))
    const values = (await readAll(topic, 500)).map(({ value }) => Number(textOf(value)))
    expect(values).toEqual(Array.from({ length: 500 }, (_, i) => i))
  },

  'calls that wait for each other stand in their order': async ({ log, makeTopic, readAll }) => {
    const topic = await makeTopic()
    for (let i = 0; i < 20; i++) await log.append(topic, [record(String(i))])
    const values = (await readAll(topic, 20)).map(({ value }) => Number(textOf(value)))
    expect(values).toEqual(Array.from({ length: 20 }, (_, i) => i))
  },

  'the same key goes to the same partition, whoever appends it': async ({ log, makeTopic, reopen, readAll }) => {
    const topic = await makeTopic(5)
    const records = awkwardKeys.map((key) => record('x', { key }))
    const first = await log.append(topic, records)
    const second = await (await reopen()).append(topic, records)
    expect(second.map(({ partition }) => partition)).toEqual(first.map(({ partition }) => partition))
    const keys = (await readAll(topic, awkwardKeys.length * 2)).map(({ key }) => textOf(key))
    expect(new Set(keys)).toEqual(new Set(awkwardKeys))
  },

  'many keys are spread over all partitions': async ({ log, makeTopic }) => {
    const topic = await makeTopic(4)
    const places = await log.append(topic, numbered(200).map((each) => ({ ...each, key: unique('key') })))
    expect(new Set(places.map(({ partition }) => partition)).size).toBe(4)
  },

  'an explicit partition is honoured, whatever the key': async ({ log, makeTopic }) => {
    const topic = await makeTopic(3)
    const records = [0, 1, 2].map((partition) => record('x', { key: 'same', partition }))
    expect((await log.append(topic, records)).map(({ partition }) => partition)).toEqual([0, 1, 2])
  },

  'an append of no records answers none': async ({ log, makeTopic }) => {
    expect(await log.append(await makeTopic(), [])).toEqual([])
  },

  'a null key comes back as null': async (bench) => {
    expect((await roundTrip(bench, record('x', { key: null }))).key).toBeNull()
  },

  'a null value comes back as null': async (bench) => {
    expect((await roundTrip(bench, record(null, { key: 'k' }))).value).toBeNull()
  },

  'an empty value comes back empty, not null': async (bench) => {
    expect(textOf((await roundTrip(bench, record('', { key: 'k' }))).value)).toBe('')
  },

  'text is kept as UTF-8': async (bench) => {
    const text = 'naïve e\u0301 🦊 \u0000 漢字'
    const kept = await roundTrip(bench, record(text, { key: text }))
    expect([textOf(kept.key), textOf(kept.value)]).toEqual([text, text])
  },

  'a binary value comes back byte for byte': async (bench) => {
    const bytes = Uint8Array.from({ length: 256 }, (_, i) => i)
    expect([...(await roundTrip(bench, record(bytes))).value!]).toEqual([...bytes])
  },

  'a value that is a view into a larger buffer is kept without its surroundings': async (bench) => {
    const view = Buffer.from('before|middle|after').subarray(7, 13)
    expect(textOf((await roundTrip(bench, record(view))).value)).toBe('middle')
  },

  'headers come back as given, in any script, also empty ones': async (bench) => {
    const headers = { 'content-type': 'application/json', 'Ünï-☃': '漢字 🦊', quotes: '"\\\n', empty: '' }
    const kept = await roundTrip(bench, record('x', { headers }))
    const texts = Object.entries(kept.headers).map(([name, value]) => [name, textOf(value)])
    expect(Object.fromEntries(texts)).toEqual(headers)
  },

  'a record of 1 MB is kept': async (bench) => {
    const bytes = Buffer.alloc(1_000_000, 'abcdefg')
    expect(bytes.equals((await roundTrip(bench, record(bytes, { key: 'k' }))).value!)).toBe(true)
  },

  'a thousand appends at once all land once, with distinct offsets': async ({ log, makeTopic, readAll }) => {
    const topic = await makeTopic(3)
    const places = await Promise.all(
      Array.from({ length: 1000 }, (_, i) => log.append(topic, [record(String(i), { key: `key-${i}` })])),
    )
    const kept = new Map((await readAll(topic, 1000)).map((each) => [placeOf(each), textOf(each.value)]))
    expect(kept.size).toBe(1000)
    expect(places.map(([place]) => kept.get(placeOf(place!)))).toEqual(places.map((_, i) => String(i)))
  },

  'an append to a topic that was never made is refused': async ({ log }) => {
    await expect(log.append(unique('topic'), [record('x')])).rejects.toThrow()
  },

  'an append to a partition that the topic does not have is refused': async ({ log, makeTopic, readAll }) => {
    const topic = await makeTopic(2)
    await expect(log.append(topic, [record('x', { partition: 7 })])).rejects.toThrow()
    await log.append(topic, [record('y', { partition: 1 })])
    expect((await readAll(topic, 1)).map(({ value }) => textOf(value))).toEqual(['y'])
  },

  'an append to a log that is closed is refused': async ({ makeTopic, reopen }) => {
    const topic = await makeTopic()
    const log = await reopen()
    await log.close()
    await expect(log.append(topic, [record('x')])).rejects.toThrow()
  },
}

async function roundTrip({ log, makeTopic, readAll }: Bench, given: NewRecord): Promise<LogRecord> {
  const topic = await makeTopic()
  await log.append(topic, [given])
  return (await readAll(topic, 1))[0]!
}
