/**
 * Numbers and byte strings packed into one buffer, in the order written. Handing one buffer to another thread is far
 * cheaper than cloning a small object per record: the buffer is moved, and readers take views of it.
 */
export class FrameWriter {
  #bytes = Buffer.allocUnsafeSlow(64 * 1024)
  #at = 0

  get length(): number {
    return this.#at
  }

  int(value: number): void {
    this.#reserve(4)
    this.#at = this.#bytes.writeInt32LE(value, this.#at)
  }

  /** Overwrites a number written before, at the `length` that the frame had then. */
  setInt(at: number, value: number): void {
    this.#bytes.writeInt32LE(value, at)
  }

  /** Takes back what was written since the frame had this `length`. */
  truncate(length: number): void {
    this.#at = length
  }

  float(value: number): void {
    this.#reserve(8)
    this.#at = this.#bytes.writeDoubleLE(value, this.#at)
  }

  /** Text is written as UTF-8. */
  bytes(value: Uint8Array | string | null): void {
    if (value === null) return this.int(-1)
    if (typeof value === 'string') return this.#text(value)
    this.int(value.length)
    this.#reserve(value.length)
    this.#bytes.set(value, this.#at)
    this.#at += value.length
  }

  /** Answers what was written, in a buffer of its own that may be moved, and starts anew. */
  finish(): ArrayBuffer {
    const end = this.#at
    this.#at = 0
    return this.#bytes.buffer.slice(0, end)
  }

  #text(value: string): void {
    this.#reserve(4 + value.length * 3)
    const length = this.#bytes.write(value, this.#at + 4)
    this.#bytes.writeInt32LE(length, this.#at)
    this.#at += 4 + length
  }

  #reserve(count: number): void {
    if (this.#at + count <= this.#bytes.length) return
    const grown = Buffer.allocUnsafeSlow(Math.max(this.#bytes.length * 2, this.#at + count))
    this.#bytes.copy(grown, 0, 0, this.#at)
    this.#bytes = grown
  }
}

/** Reads in the order written. Byte strings are views: they keep the whole frame in memory. */
export class FrameReader {
  readonly #bytes: Buffer
  #at = 0

  constructor(frame: ArrayBuffer) {
    this.#bytes = Buffer.from(frame)
  }

  get done(): boolean {
    return this.#at >= this.#bytes.length
  }

  int(): number {
    const value = this.#bytes.readInt32LE(this.#at)
    this.#at += 4
    return value
  }

  float(): number {
    const value = this.#bytes.readDoubleLE(this.#at)
    this.#at += 8
    return value
  }

  bytes(): Buffer | null {
    const length = this.int()
    if (length < 0) return null
    this.#at += length
    return this.#bytes.subarray(this.#at - length, this.#at)
  }

  text(): string | null {
    const length = this.int()
    if (length < 0) return null
    this.#at += length
    return this.#bytes.toString('utf8', this.#at - length, this.#at)
  }
}
