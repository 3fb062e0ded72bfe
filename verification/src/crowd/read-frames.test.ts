import { describe, expect, it } from 'vitest'
import { type Frame, nothingUnread, readFrames } from './read-frames.ts'

const body = 'retry: 3000\n\n:\n\nevent: change\ndata: {"key":"é"}\nid: a.1\n\ndata: one\ndata: two\n\nid: a.2\n\n'
const bytes = Buffer.from(body).toString('latin1')
const frames = [
  { event: 'message', data: '', retryMs: 3000 },
  { event: 'change', data: '{"key":"é"}', id: 'a.1' },
  { event: 'message', data: 'one\ntwo' },
  { event: 'message', data: '', id: 'a.2' },
]

/** As a connection hands it out that cuts wherever it likes. */
function readInPieces(text: string, isChunked: boolean, length: number): Frame[] {
  let unread = nothingUnread(isChunked)
  const read: Frame[] = []
  for (let at = 0; at < text.length; at += length) {
    const result = readFrames(unread, text.slice(at, at + length))
    read.push(...result.frames)
    unread = result.unread
  }
  return read
}

function chunked(text: string, length: number): string {
  const pieces = text.match(new RegExp(`[^]{1,${length}}`, 'g'))!
  return pieces.map((piece) => `${piece.length.toString(16)}\r\n${piece}\r\n`).join('')
}

describe('the messages of a stream', () => {
  it.each([1, 2, 7, 1000])('are the same however a connection cuts them: every %d bytes', (length) => {
    expect(readInPieces(bytes, false, length)).toEqual(frames)
    for (const chunk of [1, 5, 1000]) expect(readInPieces(chunked(bytes, chunk), true, length)).toEqual(frames)
  })

  it('end with the last chunk', () => {
    const result = readFrames(nothingUnread(true), `${chunked(bytes, 30)}0\r\n\r\n`)
    expect(result).toMatchObject({ frames, isEnded: true })
  })
})
