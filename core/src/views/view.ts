import type { Event, EventType } from '../events/event.ts'
import type { SliceSettings } from '../slices/slice.ts'
import type { Fold } from './folds.ts'
import { checked, type Resolutions } from './resolutions.ts'

/** What a person writes down of a view. */
export interface ViewDefinition<Payload extends object, State, Value> {
  /** Names the view in paths and stores: kebab-case, at most 60 characters. */
  readonly name: string
  readonly description: string
  /** A positive integer; a changed definition is a new version. */
  readonly version: number
  readonly reads: EventType<Payload>
  /** The group of an event; undefined leaves the event out. */
  readonly keyOf: (payload: Payload) => string | undefined
  readonly bucket: Resolutions
  readonly fold: Fold<Payload, State, Value>
}

/** A view with its state's type hidden: both layers only pass states around. */
export interface View {
  readonly name: string
  readonly description: string
  readonly version: number
  readonly topic: string
  readonly keyOf: (payload: object) => string | undefined
  readonly resolutions: Resolutions
  readonly fold: Fold<object, unknown, unknown>
}

/** The group of a view that has no groups. */
export const onlyKey = 'all'

/** Longest key in UTF-16 code units; a longer one is not counted by any view. */
export const maxKeyLength = 256

/** Makes a view from its definition; refuses a name or version that no store could keep. */
export function view<Payload extends object, State, Value>(definition: ViewDefinition<Payload, State, Value>): View {
  const { name, version, description } = definition
  if (!/^[a-z][a-z0-9-]{0,59}$/.test(name)) throw new RangeError(`the view name ${name} must be kebab-case, at most 60 characters`)
  if (!Number.isSafeInteger(version) || version < 1) throw new RangeError(`the version of ${name} must be a positive integer`)
  return {
    name,
    description,
    version,
    topic: definition.reads.topic,
    keyOf: definition.keyOf as (payload: object) => string | undefined,
    resolutions: checked(definition.bucket),
    fold: definition.fold as Fold<object, unknown, unknown>,
  }
}

/** How stores name a version: slices and repeats are part of what a result means. */
export function storedVersion({ version }: View, { sliceMs, dedupHorizonMs }: SliceSettings): string {
  return `${version}-${sliceMs}-${dedupHorizonMs}`
}

/** The group of an event, or undefined when the view doesn't count it. */
export function keyOfEvent({ keyOf }: View, event: Event): string | undefined {
  const key = keyOf(event.payload)
  return key !== undefined && key.length <= maxKeyLength ? key : undefined
}
