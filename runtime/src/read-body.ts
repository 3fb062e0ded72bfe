import { isUtf8 } from 'node:buffer'
import type { IncomingMessage } from 'node:http'
import { brotliDecompress, gunzip, inflate } from 'node:zlib'
import { HttpProblem } from './problem.ts'

export interface BodyLimits {
  /** Of the body as it was sent, and of what it unpacks to. */
  readonly maxBodyBytes: number
}

type Decompress = typeof gunzip

const encodings: ReadonlyMap<string, Decompress> = new Map([
  ['gzip', gunzip],
  ['x-gzip', gunzip],
  ['deflate', inflate],
  ['br', brotliDecompress],
])

/**
 * The body as text, unpacked and decoded as strict UTF-8 (a byte order mark is dropped). Throws `HttpProblem` 413
 * beyond the limit, 415 for an encoding that is not known, 400 for what can't be unpacked or decoded or was cut off.
 */
export async function readText(req: IncomingMessage, limits: BodyLimits): Promise<string> {
  const encoding = req.headers['content-encoding']?.trim().toLowerCase() || 'identity'
  if (encoding === 'identity') return decode(await readBytes(req, limits))
  const decompress = encodings.get(encoding)
  if (!decompress) throw unknownEncoding()
  return decode(await unpack(await readBytes(req, limits), decompress, limits))
}

function unknownEncoding(): HttpProblem {
  const detail = 'the content encoding must be identity, gzip, deflate or br'
  return new HttpProblem({ status: 415, detail, headers: { 'Accept-Encoding': 'gzip, deflate, br' } })
}

/** What is beyond the limit is read and dropped for a while, so that a client that is still sending gets the answer. */
function readBytes(req: IncomingMessage, limits: BodyLimits): Promise<Buffer> {
  const { maxBodyBytes } = limits
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = []
    let size = 0
    let isRefused = Number(req.headers['content-length']) > maxBodyBytes
    const refuse = () => {
      isRefused = true
      chunks.length = 0
      reject(tooLarge(maxBodyBytes))
    }
    if (isRefused) refuse()
    req.on('data', (chunk: Buffer) => {
      size += chunk.length
      if (!isRefused && size > maxBodyBytes) refuse()
      if (!isRefused) chunks.push(chunk)
      else if (size > maxBodyBytes + maxDroppedBytes) req.destroy()
    })
    req.on('end', () => resolve(chunks.length === 1 && chunks[0] ? chunks[0] : Buffer.concat(chunks)))
    req.on('error', () => reject(cutOff()))
    req.on('close', () => void (req.readableEnded || reject(cutOff())))
  })
}

const maxDroppedBytes = 16 * 1024 * 1024

function unpack(packed: Buffer, decompress: Decompress, { maxBodyBytes }: BodyLimits): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    decompress(packed, { maxOutputLength: maxBodyBytes }, (error, bytes) => {
      if (!error) resolve(bytes)
      else if ('code' in error && error.code === 'ERR_BUFFER_TOO_LARGE') reject(tooLarge(maxBodyBytes))
      else reject(new HttpProblem({ status: 400, detail: 'the body is not what its encoding says' }, { cause: error }))
    })
  })
}

function decode(bytes: Buffer): string {
  if (!isUtf8(bytes)) throw new HttpProblem({ status: 400, detail: 'the body is not UTF-8' })
  const text = bytes.toString('utf8')
  return text.startsWith('\ufeff') ? text.slice(1) : text
}

function tooLarge(maxBytes: number): HttpProblem {
  return new HttpProblem({ status: 413, detail: `the body is larger than ${maxBytes} bytes`, refusal: 'too-large' })
}

function cutOff(): HttpProblem {
  return new HttpProblem({ status: 400, detail: 'the body was cut off' })
}
