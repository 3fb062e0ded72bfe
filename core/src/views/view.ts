import type { Event, EventType } from '../events/event.ts'
import type { SliceSettings } from '../slices/slice.ts'
import type { Fold } from './folds.ts'
import { checked, type Resolutions } from './resolutions.ts'
import { sessions } from './sessions.ts'
import { tumblingWindow, type Window, type WindowDefinition } from './windows.ts'

/** What lies around a result. Times in milliseconds. */
export interface Around {
  /** Length of the bucket or window; null for all time. */
  readonly lengthMs: number | null
  /**
   * What the same key had right before, and for how long: `baselineMs`, or since its first event if that is later. Null
   * when it had nothing, or when the result is as long as that itself.
   */
  readonly baseline: { readonly state: unknown; readonly lengthMs: number } | null
}

/** For a value that is more than a fold's: it compares a state with what was before. */
export interface Showing {
  readonly baselineMs: number
  readonly show: (state: unknown, around: Around) => unknown
}

/** What a person writes down of a view. */
export interface ViewDefinition<Payload extends object, State, Value> {
  /** Names the view in paths and stores: kebab-case, at most 60 characters. */
  readonly name: string
  readonly description: string
  /** A positive integer; a changed definition is a new version. */
  readonly version: number
  readonly reads: EventType<Payload>
  /** The group of an event, or several different ones; undefined leaves the event out. */
  readonly keyOf: (payload: Payload) => string | readonly string[] | undefined
  readonly bucket: Resolutions
  readonly fold: Fold<Payload, State, Value>
  /** What is published live; one window as long as the finest step when absent. */
  readonly windows?: readonly WindowDefinition[]
  /** A window closes so long after its end, for events that are on their way. Milliseconds, 1000 when absent. */
  readonly graceMs?: number
  readonly showing?: { readonly baselineMs: number; readonly show: (state: State, around: Around) => unknown }
}

/** A view with its state's type hidden: both layers only pass states around. */
export interface View {
  readonly name: string
  readonly description: string
  readonly version: number
  readonly topic: string
  readonly keyOf: (payload: object) => string | readonly string[] | undefined
  readonly resolutions: Resolutions
  readonly fold: Fold<object, unknown, unknown>
  /** Never empty; the first one is what a reader gets who names none. */
  readonly windows: readonly Window[]
  readonly graceMs: number
  readonly showing?: Showing
}

/** The group of a view that has no groups. */
export const onlyKey = 'all'

/** Longest key in UTF-16 code units; a longer one is not counted by any view. */
export const maxKeyLength = 256

const defaultGraceMs = 1000

/** Makes a view from its definition; refuses a name or version that no store could keep, and windows that don't fit its buckets. */
export function view<Payload extends object, State, Value>(definition: ViewDefinition<Payload, State, Value>): View {
  const { name, version, description, graceMs = defaultGraceMs, showing } = definition
  if (!/^[a-z][a-z0-9-]{0,59}$/.test(name)) throw new RangeError(`the view name ${name} must be kebab-case, at most 60 characters`)
  if (!Number.isSafeInteger(version) || version < 1) throw new RangeError(`the version of ${name} must be a positive integer`)
  if (!(graceMs >= 0)) throw new RangeError(`the grace of ${name} must be 0 or more milliseconds`)
  if (showing && !(showing.baselineMs > 0)) throw new RangeError(`the baseline of ${name} must be longer than 0 milliseconds`)
  const resolutions = checked(definition.bucket)
  const windows = windowsOf(definition, resolutions)
  const fold = definition.fold as Fold<object, unknown, unknown>
  const session = windows.find((window) => window.kind === 'session')
  if (showing && session) throw new RangeError(`${name} can't compare sessions with what was before: leave out showing, or its session window`)
  return {
    name,
    description,
    version,
    topic: definition.reads.topic,
    keyOf: definition.keyOf as View['keyOf'],
    resolutions,
    fold: session ? (sessions(session.gapMs, fold) as Fold<object, unknown, unknown>) : fold,
    windows,
    graceMs,
    ...(showing ? { showing: showing as Showing } : {}),
  }
}

function windowsOf({ name, windows = [] }: Pick<ViewDefinition<object, never, never>, 'name' | 'windows'>, resolutions: Resolutions): readonly Window[] {
  const finestMs = resolutions[0]?.stepMs
  if (finestMs === undefined) {
    if (windows.length > 0) throw new RangeError(`${name} has no buckets, and so no windows`)
    return [{ kind: 'all-time', name: 'all' }]
  }
  const made = windows.map((define) => define(finestMs))
  if (made.filter(({ kind }) => kind === 'session').length > 1) throw new RangeError(`${name} can have one session window`)
  if (new Set(made.map((window) => window.name)).size < made.length) throw new RangeError(`${name} has two windows of one name`)
  if (made.length > 0) return made
  return [tumblingWindow({ seconds: finestMs / 1000 })(finestMs)]
}

/** How stores name a version: slices and repeats are part of what a result means. */
export function storedVersion({ version }: Pick<View, 'version'>, { sliceMs, dedupHorizonMs }: SliceSettings): string {
  return `${version}-${sliceMs}-${dedupHorizonMs}`
}

/** The groups of an event: none when the view doesn't count it. */
export function keysOfEvent({ keyOf }: View, event: Event): string | readonly string[] {
  const keys = keyOf(event.payload)
  if (typeof keys === 'string') return keys.length <= maxKeyLength ? keys : []
  return keys?.filter((key) => key.length <= maxKeyLength) ?? []
}
