import { Buffer } from 'node:buffer'
import type { View } from '@twofold/core/views/view.ts'
import { type Provenance, toTimeOrNull } from '../answer-view.ts'
import type { LiveChanges, LiveCorrection, LiveRow } from '../live/live-feed.ts'

/** What all frames of one place say of themselves. */
export interface FrameHead {
  readonly view: View
  readonly window: string
  readonly provenance: Provenance
  /** Goes on the last frame only: a client that leaves before it gets all of them again. */
  readonly id: string
}

/** Writes the frames of one place. Text of a row is made once, however many groups of readers it is for. */
export interface FrameWriter {
  snapshot(rows: readonly LiveRow[], event: 'snapshot' | 'resync'): Buffer
  /** Undefined when nothing changed. */
  changes(changes: LiveChanges): Buffer | undefined
}

/** How the rows of a stream are written. */
export interface FrameForm {
  readonly name: string
  write(head: FrameHead): FrameWriter
}

/** Frames with the answer of a view: `event: snapshot | resync | change | correction`. */
export const viewFrames: FrameForm = {
  name: 'view',
  write({ view, window, provenance, id }) {
    const head = JSON.stringify({ view: view.name, version: view.version, ...provenance, window }).slice(0, -1)
    const rowText = remembered((row: LiveRow) => JSON.stringify(answerRow(row)))
    const correctionText = remembered((correction: LiveCorrection) => JSON.stringify(answerCorrection(correction)))
    const frame = (event: string, texts: readonly string[]): string =>
      `event: ${event}\ndata: ${head},"rows":[${texts.join(',')}],"next":null}\n`
    return {
      snapshot: (rows, event) => close(frame(event, rows.map(rowText)), id),
      changes({ rows, corrections }) {
        const frames: string[] = []
        if (rows.length > 0) frames.push(frame('change', rows.map(rowText)))
        if (corrections.length > 0) frames.push(frame('correction', corrections.map(correctionText)))
        return frames.length > 0 ? close(frames.join('\n'), id) : undefined
      },
    }
  },
}

/** Frames without a name, one for each window of an emoji, as the clients of the reaction service read them. */
export const emojiFrames: FrameForm = {
  name: 'emoji',
  write({ id }) {
    const textOf = remembered((row: LiveRow) => `data: ${JSON.stringify({ emoji: row.key, ...windowReport(row) })}\n`)
    return {
      // Also without rows it tells the place: what opens and closes before the next frame is then missed by nobody.
      snapshot: (rows) => close(rows.filter(({ final }) => !final).map(textOf).join('\n'), id),
      changes({ rows, corrections }) {
        const all = [...rows, ...corrections]
        return all.length > 0 ? close(all.map(textOf).join('\n'), id) : undefined
      },
    }
  },
}

/** A block without data: clients note the place and see no event. */
export function placeFrame(id: string): Buffer {
  return close('', id)
}

/** A comment, which keeps proxies from taking a quiet stream for a dead one, and the place that it has reached. */
export function heartbeatFrame(id: string): Buffer {
  return close(':\n', id)
}

function close(frames: string, id: string): Buffer {
  return Buffer.from(`${frames}id: ${id}\n\n`)
}

function remembered<Row extends object>(write: (row: Row) => string): (row: Row) => string {
  const texts = new Map<Row, string>()
  return (row) => {
    const known = texts.get(row)
    if (known !== undefined) return known
    const text = write(row)
    texts.set(row, text)
    return text
  }
}

/** A window as pull and push answer it, times in RFC 3339. */
function answerRow({ key, from, until, value, final, revision, traceparent }: LiveRow) {
  return { key, from: toTimeOrNull(from), until: toTimeOrNull(until), value, final, revision, ...(traceparent === undefined ? {} : { traceparent }) }
}

/** A row that also tells what was answered before. */
export function answerCorrection(correction: LiveCorrection) {
  return { ...answerRow(correction), previous: correction.previous, correctedAt: toTimeOrNull(correction.correctedAt) }
}

/** A window as clients of older systems read it, but for the name of its key. */
export function windowReport({ from, until, value, final, revision, traceparent }: LiveRow) {
  const traced = traceparent === undefined ? {} : { traceparent }
  return { count: value, windowStart: toTimeOrNull(from), windowEnd: toTimeOrNull(until), final, revision, ...traced }
}
