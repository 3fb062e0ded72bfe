/** A raw row as the naive counts read it. Times in milliseconds. */
export interface NaiveRow {
  readonly id: string
  /** JSON text. */
  readonly payload: string
  /** NaN where nobody knows it yet; then the row has a total but no bucket. */
  readonly occurredAt: number
  readonly appendedAt: number
  readonly partition: number
  readonly offset: number
}

/** The finest bucket that shows a row: [from, until) in milliseconds, null for all time. */
export interface NaivePlace {
  readonly key: string
  readonly from: number | null
  readonly until: number | null
}

/** A second, deliberately simple statement of what a view must answer; `Value` is what it counts with. */
export interface NaiveDefinition<Value> {
  /** Name of the view in the API. */
  readonly view: string
  readonly topic: string
  /** One place or several different ones; undefined leaves the row out. */
  readonly placeOf: (row: NaiveRow) => NaivePlace | readonly NaivePlace[] | undefined
  /** What one row is worth. */
  readonly valueOf: (row: NaiveRow) => Value
  readonly merge: (left: Value, right: Value) => Value
  /** What the API shows of a value, as far as it is comparable. */
  readonly shown: (value: Value) => unknown
  /** The part of an answer's value that follows from the rows of its bucket alone; all of it when absent. */
  readonly comparable?: (answered: unknown) => unknown
  /** Whether an answer fits that holds the rows of `low` (undefined: none) for certain and some more, up to `high`. */
  readonly isBetween: (low: Value | undefined, high: Value, answered: unknown) => boolean
}

/** A naive view with its value's type hidden: whoever holds it only passes values around. */
export type NaiveView = NaiveDefinition<unknown>

export function naiveView<Value>(definition: NaiveDefinition<Value>): NaiveView {
  return definition as unknown as NaiveView
}

/** The places of a row: none, one or several. */
export function placesOf(view: NaiveView, row: NaiveRow): readonly NaivePlace[] {
  const places = view.placeOf(row) ?? []
  return 'key' in places ? [places] : places
}

/** Counts rows: one number a key and stretch of `stepMs`, in event time. */
export function naiveCount(
  definition: Pick<NaiveDefinition<number>, 'view' | 'topic'> & {
    readonly stepMs: number
    readonly keyOf: (payload: Readonly<Record<string, unknown>>) => string
  },
): NaiveView {
  const { view, topic, stepMs, keyOf } = definition
  return naiveView<number>({
    view,
    topic,
    placeOf(row) {
      const payload = payloadOf(row)
      const time = typeof payload.timestamp === 'string' ? Date.parse(payload.timestamp) : row.occurredAt
      const intoStep = ((time % stepMs) + stepMs) % stepMs
      return { key: keyOf(payload), from: time - intoStep, until: time - intoStep + stepMs }
    },
    valueOf: () => 1,
    merge: (left, right) => left + right,
    shown: (value) => value,
    isBetween: (low, high, answered) => typeof answered === 'number' && answered >= (low ?? 0) && answered <= high,
  })
}

export function payloadOf({ payload }: Pick<NaiveRow, 'payload'>): Readonly<Record<string, unknown>> {
  return JSON.parse(payload) as Readonly<Record<string, unknown>>
}
