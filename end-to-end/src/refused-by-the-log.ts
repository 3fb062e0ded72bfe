/** Bytes that no decoder may accept, and the topic that they are put into. */
export interface RefusedBytes {
  readonly topic: string
  readonly bytes: Uint8Array
}

const reactions = ['', 'null', '42', '"text"', '[]', '{}', '{"user_id":1}', '{"emoji":"x"}', '{"user_id":{},"emoji":"x"}',
  '{"user_id":1.5,"emoji":"x"}', '{"user_id":9007199254740993,"emoji":"x"}', '{"user_id":1,"emoji":""}', '{"user_id":1,"emoji":7}',
  '{"user_id":1,"emoji":"\\ud800"}', '{"user_id":1,"emoji":"x","timestamp":"yesterday"}', '{"user_id":1,"emoji":"x","__proto__":{}}',
  '{"user_id":1,"emoji":"x"', '{"user_id":1,"emoji":"x"}}', `{"user_id":1,"emoji":"${'x'.repeat(65)}"}`, `${'['.repeat(40)}${']'.repeat(40)}`,
  `{"user_id":1,"emoji":"x","deep":${'{"a":'.repeat(33)}1${'}'.repeat(33)}}`, `{"user_id":1,"emoji":"${'x'.repeat(70_000)}"}`]

const users = ['{"id":"1"}', '{"id":1,"name":"x"}', `{"id":"${'x'.repeat(129)}","name":"x"}`, `{"id":"1","name":"${'x'.repeat(201)}"}`]

export function refusedByTheLog(): RefusedBytes[] {
  const text = (topic: string) => (value: string): RefusedBytes => ({ topic, bytes: Buffer.from(value) })
  const invalid = { topic: 'reaction', bytes: Buffer.from([0x7b, 0x22, 0xff, 0xfe, 0x22, 0x3a, 0x31, 0x7d]) }
  return [...reactions.map(text('reaction')), ...users.map(text('user')), invalid]
}
