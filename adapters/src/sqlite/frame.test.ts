import { expect, test } from 'vitest'
import { FrameReader, FrameWriter } from './frame.ts'

test('what was written is read in the same order', () => {
  const writer = new FrameWriter()
  writer.int(-7)
  writer.float(2 ** 53 - 1)
  writer.bytes('é🦊')
  writer.bytes(Uint8Array.of(0, 255))
  writer.bytes(null)
  writer.bytes('')
  const reader = new FrameReader(writer.finish())
  expect([reader.int(), reader.float(), reader.text()]).toEqual([-7, 2 ** 53 - 1, 'é🦊'])
  expect([...reader.bytes()!]).toEqual([0, 255])
  expect([reader.bytes(), reader.text()]).toEqual([null, ''])
  expect(reader.done).toBe(true)
})

test('a frame grows with what is written, and starts anew when it is finished', () => {
  const writer = new FrameWriter()
  for (let i = 0; i < 300; i++) writer.bytes('x'.repeat(1000))
  writer.bytes(Buffer.alloc(3_000_000, 'y'))
  const reader = new FrameReader(writer.finish())
  for (let i = 0; i < 300; i++) expect(reader.text()).toBe('x'.repeat(1000))
  expect(reader.bytes()!.length).toBe(3_000_000)
  expect(writer.length).toBe(0)
})

test('a frame that is finished is not touched by the next one', () => {
  const writer = new FrameWriter()
  writer.bytes('first')
  const first = writer.finish()
  writer.bytes('other')
  expect(new FrameReader(first).text()).toBe('first')
})

test('a number can be filled in later, and an end taken back', () => {
  const writer = new FrameWriter()
  writer.int(0)
  writer.bytes('kept')
  const { length } = writer
  writer.bytes('dropped')
  writer.truncate(length)
  writer.setInt(0, 42)
  const reader = new FrameReader(writer.finish())
  expect([reader.int(), reader.text(), reader.done]).toEqual([42, 'kept', true])
})
