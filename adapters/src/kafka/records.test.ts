import type { Batch } from 'kafkajs'
import { expect, test } from 'vitest'
import { toLogRecords } from './records.ts'

test('messages become records, a header given twice counts with its last value', () => {
  const message = { key: null, value: Buffer.from('v'), attributes: 0 }
  const twice = { id: Buffer.from('1'), trace: [Buffer.from('old'), Buffer.from('new')] }
  const batch = {
    topic: 't',
    partition: 2,
    messages: [
      { ...message, offset: '9007199254740990', timestamp: '1795256245538', headers: {} },
      { ...message, offset: '9007199254740991', timestamp: '1795256245539', headers: twice },
    ],
  } as unknown as Batch
  const rest = { topic: 't', partition: 2, key: null, value: Buffer.from('v') }
  expect(toLogRecords(batch)).toEqual([
    { ...rest, offset: 9_007_199_254_740_990, timestamp: 1_795_256_245_538, headers: {} },
    {
      ...rest,
      offset: 9_007_199_254_740_991,
      timestamp: 1_795_256_245_539,
      headers: { id: Buffer.from('1'), trace: Buffer.from('new') },
    },
  ])
})
