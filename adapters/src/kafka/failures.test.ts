import { expect, test } from 'vitest'
import { TwofoldError } from '@twofold/core/errors.ts'
import { isPermanent, toLogError } from './failures.ts'

function failure(name: string, rest: object = {}): Error {
  return Object.assign(new Error('said the broker'), { name, ...rest })
}

const tooLarge = failure('KafkaJSProtocolError', { type: 'MESSAGE_TOO_LARGE', retriable: false })
const noLeader = failure('KafkaJSProtocolError', { type: 'LEADER_NOT_AVAILABLE', retriable: true })
const lostRace = failure('KafkaJSCreateTopicError', { type: 'TOPIC_ALREADY_EXISTS', retriable: false })
const badFactor = failure('KafkaJSCreateTopicError', { type: 'INVALID_REPLICATION_FACTOR', retriable: false })
const exhausted = failure('KafkaJSNumberOfRetriesExceeded', { retriable: false, cause: noLeader })

test.each([
  ['a refusal of the broker', tooLarge, true],
  ['a leader that is being elected', noLeader, false],
  ['a connection that broke', failure('KafkaJSConnectionClosedError', { retriable: true }), false],
  ['retries that came to their end', exhausted, false],
  ['a topic that another process made', failure('KafkaJSAggregateError', { errors: [lostRace] }), false],
  ['a topic that can not be made', failure('KafkaJSAggregateError', { errors: [lostRace, badFactor] }), true],
  ['a bug', new TypeError('undefined is not a function'), true],
  ['our own refusal', new TwofoldError('TOPIC_MISCONFIGURED', ''), true],
  ['our own trouble', new TwofoldError('LOG_UNAVAILABLE', ''), false],
])('%s: permanent or not', (_, error, permanent) => {
  expect(isPermanent(error)).toBe(permanent)
})

test('what kafkajs throws becomes the one error of the system', () => {
  const message = 'could not append: said the broker'
  expect(toLogError(noLeader, 'append')).toMatchObject({ code: 'LOG_UNAVAILABLE', message })
  expect(toLogError(tooLarge, 'append')).toMatchObject({ code: 'LIMIT_EXCEEDED', cause: tooLarge })
  const own = new TwofoldError('CLOSED', 'closed')
  expect(toLogError(own, 'append')).toBe(own)
})
