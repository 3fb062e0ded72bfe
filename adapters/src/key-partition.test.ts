import { expect, test } from 'vitest'
import { murmur2, partitionOfKey } from './key-partition.ts'

/** From `org.apache.kafka.common.utils.UtilsTest.testMurmur2`. */
const hashes: Readonly<Record<string, number>> = {
  '21': -973932308,
  foobar: -790332482,
  'a-little-bit-long-string': -985981536,
  'a-little-bit-longer-string': -1486304829,
  lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8: -58897971,
  abc: 479470107,
}

test.each(Object.entries(hashes))('hashes %s as Kafka does', (key, hash) => {
  expect(murmur2(Buffer.from(key))).toBe(hash)
})

test('a negative hash chooses a partition that exists', () => {
  expect(partitionOfKey(Buffer.from('foobar'), 7)).toBe((-790332482 & 0x7fffffff) % 7)
})

test('the keys of 120,000 users fall evenly on twelve partitions', () => {
  const counts = new Array<number>(12).fill(0)
  for (let i = 0; i < 120_000; i++) counts[partitionOfKey(Buffer.from(`user-${i}`), 12)]!++
  for (const count of counts) expect(Math.abs(count - 10_000)).toBeLessThan(500)
})
