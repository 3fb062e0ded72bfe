import { traceHeader } from '../events/traceparent.ts'
import type { Cell } from '../ports/counter-store.ts'
import type { LogRecord, NewRecord } from '../ports/event-log.ts'
import { allTimeBucket } from '../views/resolutions.ts'
import type { ChangedCell } from '../views/slice-folder.ts'
import { hashOf } from './hash-of.ts'

/** The topic that tells every reader of live results what changed. */
export const updatesTopic = 'view-updates'

/** How far one partition of an event topic is processed. */
export interface ProcessedPartition {
  readonly partition: number
  readonly nextOffset: number
  /**
   * Event time may be taken as complete up to here: the appended time of what was folded, or the later moment at which
   * all that the partition held was folded. By the log's clock, milliseconds.
   */
  readonly until: number
}

/** That the cells of these views, as far as the partitions are processed, stand before this record. */
export interface Progress {
  readonly topic: string
  /** Names and stored versions. */
  readonly views: readonly { readonly view: string; readonly version: string }[]
  readonly processed: readonly ProcessedPartition[]
}

/** A cell that changed, with its state decoded. */
export type CellUpdate = Omit<Cell, 'state'> & { readonly state: unknown }

export type Update = { readonly kind: 'cell'; readonly cell: CellUpdate } | { readonly kind: 'progress'; readonly progress: Progress }

/**
 * All cells of one view and key are in one partition, so that every window of it, also one of several buckets, is a
 * fold of that partition alone. The record's key names the bucket too, for people and tools. A traced change goes on with
 * its trace context as a header.
 */
export function encodeCellUpdate(cell: ChangedCell, partitions: number): NewRecord {
  const { view, version, slice, partition, key, stepMs, from, state, offset, traceparent } = cell
  return {
    partition: updatesPartitionOf(view, key, partitions),
    key: JSON.stringify([view, key, stepMs, from]),
    // The state is JSON text already.
    value: `{"cell":${JSON.stringify([view, version, slice, partition, key, stepMs, from, offset])},"state":${state}}`,
    headers: traceparent === undefined ? {} : { [traceHeader]: traceparent },
  }
}

/** Progress concerns every key: it is appended to each partition. */
export function encodeProgress(progress: Progress, partition: number): NewRecord {
  return { partition, key: JSON.stringify([progress.topic]), value: JSON.stringify({ progress }), headers: {} }
}

/** Undefined for what is none of ours: another program may have written into the topic. */
export function parseUpdate({ value }: Pick<LogRecord, 'value'>): Update | undefined {
  const parsed = value === null ? undefined : parseJson(value)
  if (typeof parsed !== 'object' || parsed === null) return undefined
  if ('cell' in parsed && 'state' in parsed && isCell(parsed.cell)) return { kind: 'cell', cell: toCell(parsed.cell, parsed.state) }
  if ('progress' in parsed && isProgress(parsed.progress)) return { kind: 'progress', progress: parsed.progress }
  return undefined
}

type PackedCell = [view: string, version: string, slice: number, partition: number, key: string, stepMs: number, from: number, offset: number]
const packedParts = [isText, isText, isTime, isWhole, isText, isWhole, isWhole, isWhole]

function isCell(packed: unknown): packed is PackedCell {
  if (!Array.isArray(packed) || packed.length !== packedParts.length || !packedParts.every((isPart, at) => isPart(packed[at]))) return false
  const [, , , , , stepMs, from] = packed as PackedCell
  if (stepMs === allTimeBucket.stepMs) return from === allTimeBucket.from
  return stepMs > 0 && isTime(from) && isTime(from + stepMs)
}

function toCell([view, version, slice, partition, key, stepMs, from, offset]: PackedCell, state: unknown): CellUpdate {
  return { view, version, slice, partition, key, stepMs, from, offset, state }
}

function isProgress(progress: unknown): progress is Progress {
  if (typeof progress !== 'object' || progress === null) return false
  const { topic, views, processed } = progress as Partial<Progress>
  return isText(topic) && Array.isArray(views) && views.every(isViewName) && Array.isArray(processed) && processed.every(isProcessed)
}

function isViewName(entry: unknown): entry is Progress['views'][number] {
  const { view, version } = (entry ?? {}) as Partial<Progress['views'][number]>
  return isText(view) && isText(version)
}

function isProcessed(entry: unknown): entry is ProcessedPartition {
  const { partition, nextOffset, until } = (entry ?? {}) as Partial<ProcessedPartition>
  return isWhole(partition) && isWhole(nextOffset) && isTime(until)
}

function isText(part: unknown): part is string {
  return typeof part === 'string'
}

/** JSON can say 1e999, which is read as Infinity: a watermark there would close every window there will ever be. */
function isWhole(part: unknown): part is number {
  return Number.isSafeInteger(part)
}

/**
 * Milliseconds that a date can have (8.64e15 either way, https://tc39.es/ecma262/#sec-time-values-and-time-range), and so
 * can the ends of the windows around them. Events are of the years 0 to 9999.
 */
export function isTime(part: unknown): part is number {
  return isWhole(part) && Math.abs(part) <= 8e15
}

function parseJson(value: Uint8Array): unknown {
  try {
    return JSON.parse(decoder.decode(value)) as unknown
  } catch {
    return undefined
  }
}

const decoder = new TextDecoder()

/** The partition that holds all updates of a view's key. */
export function updatesPartitionOf(view: string, key: string, partitions: number): number {
  return hashOf(view, '/', key) % partitions
}
