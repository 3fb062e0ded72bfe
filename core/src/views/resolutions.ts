import { allTimeFrom } from '../ports/row-store.ts'

/** `stepMs` of the one bucket that holds all time. */
export const allTimeStep = 0

/** Buckets of `stepMs` are kept until their end, rounded up to the next coarser bucket, is `keepMs` old. */
export interface Resolution {
  readonly stepMs: number
  readonly keepMs: number
}

/** From fine to coarse; each step divides the next. What outlives the last one falls into all time. */
export type Resolutions = readonly Resolution[]

/** An event-time bucket: [from, from + stepMs), or all time. */
export interface Bucket {
  readonly stepMs: number
  readonly from: number
}

export const allTimeBucket: Bucket = { stepMs: allTimeStep, from: allTimeFrom }

const second = 1000
const minute = 60 * second
const hour = 60 * minute
const day = 24 * hour

/** No buckets: one result a key, for ever. */
export const allTime: Resolutions = []

/** Steps of `seconds`, kept for an hour, for a week from a minute on, and for five years from an hour on; coarser ones follow. */
export function tumbling({ seconds }: { seconds: number }): Resolutions {
  const stepMs = seconds * second
  const finest = { stepMs, keepMs: stepMs < minute ? hour : stepMs < hour ? 7 * day : 5 * 365 * day }
  const coarser = [
    { stepMs: minute, keepMs: 7 * day },
    { stepMs: hour, keepMs: 5 * 365 * day },
  ]
  return checked([finest, ...coarser.filter((resolution) => resolution.stepMs > stepMs)])
}

/** Any ladder of resolutions; refuses one whose steps don't nest or whose times don't grow. */
export function checked(resolutions: Resolutions): Resolutions {
  resolutions.forEach((coarser, at) => {
    const finer = resolutions[at - 1]
    if (finer && coarser.stepMs % finer.stepMs !== 0) throw new RangeError(`a step of ${finer.stepMs} ms must divide ${coarser.stepMs} ms`)
    if (finer && coarser.keepMs <= finer.keepMs) throw new RangeError(`${coarser.stepMs} ms must be kept longer than ${finer.stepMs} ms`)
  })
  return resolutions
}

/** Start of the step that holds a time. */
export function floorTo(time: number, stepMs: number): number {
  return Math.floor(time / stepMs) * stepMs
}

/**
 * Which resolution holds an event of time `occurredAt` when it is looked at from `asOf` (milliseconds both): an index
 * into the resolutions, their number for all time. A bucket grows coarser only when the *end* of the coarser one has
 * aged, so that a coarse bucket never holds a part of what finer ones still hold. Grows with `asOf`.
 */
export function levelOf(resolutions: Resolutions, occurredAt: number, asOf: number): number {
  for (let level = 0; level < resolutions.length; level++) {
    const { stepMs, keepMs } = resolutions[level]!
    const rolledStep = resolutions[level + 1]?.stepMs ?? stepMs
    if (floorTo(occurredAt, rolledStep) + rolledStep > asOf - keepMs) return level
  }
  return resolutions.length
}

export function bucketAt(resolutions: Resolutions, level: number, occurredAt: number): Bucket {
  const resolution = resolutions[level]
  return resolution ? { stepMs: resolution.stepMs, from: floorTo(occurredAt, resolution.stepMs) } : allTimeBucket
}

/** End of a bucket, exclusive; Infinity for all time. */
export function untilOf({ stepMs, from }: Bucket): number {
  return stepMs === allTimeStep ? Infinity : from + stepMs
}

/** The bucket that holds this one at a step, or itself where it is coarser already. */
export function widen(bucket: Bucket, stepMs: number): Bucket {
  if (bucket.stepMs === allTimeStep || bucket.stepMs >= stepMs) return bucket
  return { stepMs, from: floorTo(bucket.from, stepMs) }
}
