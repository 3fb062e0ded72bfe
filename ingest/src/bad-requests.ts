import { brotliCompressSync, gzipSync } from 'node:zlib'

/** A request that has to be refused with a problem, and of which nothing may be stored. */
export interface BadRequest {
  readonly name: string
  readonly method: string
  readonly path: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: Uint8Array
  readonly status: number
  /** The topic in which the same bytes, written by another program, are a dead letter. */
  readonly topic?: string
}

type Body = string | Uint8Array

const jsonType = { 'content-type': 'application/json' }
const ndjsonType = { 'content-type': 'application/x-ndjson' }
const packed = (encoding: string) => ({ ...jsonType, 'content-encoding': encoding })
const within = (...bytes: number[]) => Buffer.from([...Buffer.from('{"id":"u1","name":"'), ...bytes, 0x22, 0x7d])
const goodUser = '{"id":"u1","name":"Ann"}'
const goodReaction = '{"user_id":"u1","emoji":"🎉"}'
const long = (length: number): string => 'x'.repeat(length)
const bomb = Buffer.alloc(20_000_000, ' ')
const nested = (depth: number): string => '['.repeat(depth) + ']'.repeat(depth)

type Headers = BadRequest['headers']

function post(path: string, name: string, status: number, body: Body, headers: Headers = jsonType): BadRequest {
  return { name, method: 'POST', path, headers, body: Buffer.from(body), status }
}

/** The body is the whole event, so that the log's side has to refuse it too. */
const valueOf = (topic: string, path: string) => (name: string, status: number, body: Body): BadRequest => ({
  ...post(path, name, status, body),
  topic,
})

const user = valueOf('user', '/user')
const reaction = valueOf('reaction', '/reaction')
const like = valueOf('like', '/videos/v1/likes')
const sign = valueOf('message-sign-request', '/sign')

const notJson: readonly BadRequest[] = [
  user('an empty body', 400, ''),
  user('a blank body', 400, ' \r\n\t'),
  user('a truncated object', 400, '{"id":"u1","name":"An'),
  user('a trailing comma', 400, '{"id":"u1","name":"Ann",}'),
  user('single quotes', 400, "{'id':'u1','name':'Ann'}"),
  user('two documents', 400, `${goodUser}${goodUser}`),
  user('a comment', 400, `/* hi */ ${goodUser}`),
  user('the word undefined', 400, 'undefined'),
  user('a control character within a string', 400, '{"id":"u1","name":"A\u0000nn"}'),
  user('a form', 400, 'id=u1&name=Ann'),
  user('bytes that are not UTF-8', 400, within(0xc3, 0x28)),
  user('an overlong encoding', 400, within(0xc0, 0xaf)),
  user('a surrogate in UTF-8', 400, within(0xed, 0xa0, 0xbd)),
  user('UTF-16 with its byte order mark', 400, Buffer.from(`\ufeff${goodUser}`, 'utf16le')),
  user('two byte order marks', 400, `\ufeff\ufeff${goodUser}`),
  user('packed bytes that are not said to be', 400, gzipSync(goodUser)),
  reaction('the number NaN', 400, '{"user_id":NaN,"emoji":"🎉"}'),
  reaction('the number Infinity', 400, '{"user_id":1,"emoji":"🎉","timestamp":Infinity}'),
  reaction('a hexadecimal number', 400, '{"user_id":0x1f,"emoji":"🎉"}'),
]

const harmful: readonly BadRequest[] = [
  user('a member named __proto__', 422, '{"id":"u1","name":"Ann","__proto__":{"admin":true}}'),
  user('an escaped member named __proto__', 422, '{"id":"u1","name":"Ann","\\u005f_proto__":1}'),
  user('a member named constructor deep inside', 422, '{"id":"u1","name":"Ann","more":[{"constructor":1}]}'),
  user('half of a surrogate pair', 422, '{"id":"u1","name":"\\ud83d"}'),
  user('halves in the wrong order', 422, '{"id":"\\ude00\\ud83d","name":"Ann"}'),
  user('half of a surrogate pair in a name', 422, '{"id":"u1","name":"Ann","\\udc00":1}'),
  user('nesting of 33', 422, `{"id":"u1","name":"Ann","more":${nested(32)}}`),
  user('nesting of 30,000', 422, nested(30_000)),
  reaction('a number beyond all numbers', 422, '{"user_id":1e999,"emoji":"🎉"}'),
  reaction('such a number where nobody looks', 422, '{"user_id":1,"emoji":"🎉","more":-1e999}'),
]

const wrongFields: readonly BadRequest[] = [
  user('null', 422, 'null'),
  user('a number', 422, '7'),
  user('a string', 422, '"u1"'),
  user('an array on the single route', 422, `[${goodUser}]`),
  user('an object without members', 422, '{}'),
  user('a user without a name', 422, '{"id":"u1"}'),
  user('a user whose id is a number', 422, '{"id":1,"name":"Ann"}'),
  user('a user whose name is null', 422, '{"id":"u1","name":null}'),
  user('an empty id', 422, '{"id":"","name":"Ann"}'),
  user('an id of 129 characters', 422, `{"id":"${long(129)}","name":"Ann"}`),
  user('a name of 201 characters', 422, `{"id":"u1","name":"${long(201)}"}`),
  user('an event of one byte too many', 413, goodUser.padEnd(65_537)),
  reaction('a reaction without an emoji', 422, '{"user_id":"u1"}'),
  reaction('a reaction of nobody', 422, '{"emoji":"🎉"}'),
  reaction('an emoji that is a list', 422, '{"user_id":"u1","emoji":["🎉"]}'),
  reaction('an emoji of 65 characters', 422, `{"user_id":"u1","emoji":"${long(65)}"}`),
  reaction('an emoji_str that is a number', 422, '{"user_id":"u1","emoji_str":5}'),
  reaction('a user_id that is a fraction', 422, '{"user_id":1.5,"emoji":"🎉"}'),
  reaction('a user_id beyond the safe integers', 422, '{"user_id":9007199254740993,"emoji":"🎉"}'),
  reaction('a user_id that is an object', 422, '{"user_id":{"$gt":""},"emoji":"🎉"}'),
  reaction('an empty reaction_id', 422, '{"user_id":"u1","emoji":"🎉","reaction_id":""}'),
  reaction('a reaction_id that is null', 422, '{"user_id":"u1","emoji":"🎉","reaction_id":null}'),
  like('a like whose id is a boolean', 422, '{"id":true}'),
  like('a like whose id is too long', 422, `{"id":"${long(129)}"}`),
  like('a like that is a list', 422, '[]'),
  like('a like of another video than the path says', 422, '{"video_id":5}'),
  sign('a message that is missing', 422, '{"message_id":"m1"}'),
  sign('a message that is empty', 422, '{"message":""}'),
  sign('a message of 10,001 characters', 422, `{"message":"${long(10_001)}"}`),
  sign('a message that is an object', 422, '{"message":{}}'),
]

const wrongTimes: readonly BadRequest[] = [
  ...['"yesterday"', '""', '"2024-01-01"', '"2024-02-30T00:00:00Z"', '"2024-01-01T25:00:00Z"',
    '"2024-01-01T00:00:00"', '"2024-01-01 00:00:00Z"', '"1700000000"', '"+012024-01-01T00:00:00Z"',
    '1e300', '-1e15', 'true', 'null', '{}', '[1700000000]',
  ].map((time) => reaction(`the time ${time}`, 422, `{"user_id":"u1","emoji":"🎉","timestamp":${time}}`)),
  like('a like at no time', 422, '{"timestamp":"never"}'),
  // The clock decides, so the log's side must not.
  post('/reaction', 'a time in the year 9000', 422, goodReaction.replace('}', ',"timestamp":"9000-01-01T00:00:00Z"}')),
  post('/reaction', 'a time in the year 5000, in seconds', 422, goodReaction.replace('}', ',"timestamp":95617584000}')),
  post('/videos/v1/likes', 'a like in the year 3000', 422, '{"timestamp":32503680000000}'),
]

const wrongTypes: readonly BadRequest[] = [
  ...['text/plain', 'application/x-www-form-urlencoded', 'multipart/form-data; boundary=x', 'application/jsonp',
    'json', '*/*', 'application/json; charset=utf-16', 'application/json; charset=iso-8859-1', 'application/x-ndjson',
  ].map((type) => post('/reaction', `the content type ${type}`, 415, goodReaction, { 'content-type': type })),
  post('/reaction', 'no content type', 415, goodReaction, {}),
  post('/videos/v1/likes', 'a like with a text', 415, 'hello', { 'content-type': 'text/plain' }),
  post('/users', 'many users as CSV', 415, 'u1,Ann', { 'content-type': 'text/csv' }),
  ...['compress', 'zstd', 'gzip, gzip', 'constructor'].map((encoding) =>
    post('/user', `the content encoding ${encoding}`, 415, goodUser, packed(encoding))),
  post('/user', 'a body that is not packed as said', 400, goodUser, packed('gzip')),
  post('/user', 'a packed body that is cut', 400, gzipSync(goodUser).subarray(0, 20), packed('gzip')),
  post('/user', 'a zip bomb', 413, gzipSync(bomb), packed('gzip')),
  post('/users', 'a bomb in Brotli', 413, brotliCompressSync(bomb), packed('br')),
]

const wrongMany: readonly BadRequest[] = [
  post('/users', 'many users, but no body', 400, ''),
  post('/users', 'many users, but blank lines only', 400, '\n\n\r\n', ndjsonType),
  post('/users', 'many users as one object', 422, goodUser),
  post('/users', 'many users that are null', 422, 'null'),
  post('/users', 'a list of no users', 422, '[ ]'),
  post('/users', 'a list that is cut', 400, `[${goodUser},`),
  post('/users', 'a list that is cut within a string', 400, '[{"id":"u1","name":"A]'),
  post('/users', 'a list with a trailing comma', 400, `[${goodUser},]`),
  post('/users', 'a list without a comma', 400, `[${goodUser} ${goodUser}]`),
  post('/users', 'two lists', 400, `[${goodUser}],[${goodUser}]`),
  post('/users', 'a list that closes with another bracket', 400, `[${goodUser}}`),
  post('/users', 'lines that are said to be a list', 400, `${goodUser}\n${goodUser}\n`),
  post('/users', 'lines with bytes that are not UTF-8', 400, Buffer.of(0x30, 0x0a, 0xff), ndjsonType),
  post('/users', 'a list of 10,001', 413, `[${'0,'.repeat(10_000)}0]`),
  post('/users', '10,001 lines', 413, '0\n'.repeat(10_001), ndjsonType),
  post('/users', 'a list of more than 8 MiB', 413, `[${goodUser}]`.padEnd(8 * 1024 * 1024 + 1)),
]

const wrongPlaces: readonly BadRequest[] = [
  post('/videos/%zz/likes', 'a path that is no escape', 400, ''),
  post('/videos/%ff/likes', 'a path that is not UTF-8', 400, ''),
  post('/videos//likes', 'a video without a name', 404, ''),
  post(`/videos/${long(129)}/likes`, 'a video whose name is too long', 422, ''),
  post('/videos/v1/likes', 'a like whose body names another video', 422, '{"video_id":"v2"}'),
  post('/nowhere', 'a path that is not known', 404, goodUser),
  post('/user/u1', 'a path below a known one', 404, goodUser),
  ...['GET', 'PUT', 'PATCH', 'DELETE'].flatMap((method) => [
    { ...post('/reaction', `the method ${method}`, 405, ''), method },
    { ...post('/users', `the method ${method} for many`, 405, ''), method },
  ]),
]

/** Requests that every ingest refuses, whatever its clock says (it is before the year 3000). */
export const badRequests: readonly BadRequest[] = [
  ...notJson,
  ...harmful,
  ...wrongFields,
  ...wrongTimes,
  ...wrongTypes,
  ...wrongMany,
  ...wrongPlaces,
]
