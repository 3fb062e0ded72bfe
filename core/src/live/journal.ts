/** Something that was published and may be published anew: the newest time counts. */
export interface Journaled {
  /** The place after the update that changed it last: the next offset of its partition. 0 before that, and once it is forgotten. */
  changedAt: number
}

/** Something that happened to a published window. */
export interface JournalEvent {
  readonly place: number
  /** Appended time, milliseconds. */
  readonly correctedAt: number
  readonly report: { readonly key: string; readonly from: number }
}

/** What was published in one partition, in order: the newest entry of each subject and every event. */
export interface Journal<Subject extends Journaled, Event extends JournalEvent> {
  /** Notes that a subject changed at a place. Places never step back. */
  note(subject: Subject, place: number): void
  add(event: Event): void
  /** What changed behind a place; undefined when something that did was forgotten. */
  since(place: number): { readonly subjects: Subject[]; readonly events: Event[] } | undefined
  /** Forgets a subject: readers that have not heard of its last change have to start anew. */
  forget(subject: Subject): void
  /** Forgets the oldest events, up to the first one of this time or later, milliseconds; readers that have not heard of them have to start anew. */
  forgetEvents(before: number): void
  /** The newest event of a key's windows that begin at a time, as far as it is remembered. */
  newest(key: string, from: number): Event | undefined
  readonly events: readonly Event[]
}

/**
 * An array that is searched from a place on. An entry is stale once its subject changed again; they are cleared away
 * when they outnumber the others, so that it grows with the subjects and not with their changes.
 */
export function createJournal<Subject extends Journaled, Event extends JournalEvent>(): Journal<Subject, Event> {
  let entries: { readonly place: number; readonly subject: Subject }[] = []
  let events: Event[] = []
  const newest = new Map<string, Event>()
  let cleared = 0
  let forgottenAt = 0

  const isFresh = ({ place, subject }: (typeof entries)[number]): boolean => subject.changedAt === place
  const clear = (): void => {
    if (entries.length < 2 * cleared + 1000) return
    entries = entries.filter(isFresh)
    cleared = entries.length
  }
  const dropEvents = (count: number): void => {
    for (const event of events.slice(0, count)) if (newest.get(nameOf(event.report)) === event) newest.delete(nameOf(event.report))
    forgottenAt = Math.max(forgottenAt, events[count - 1]!.place)
    events = events.slice(count)
  }
  return {
    note(subject, place) {
      if (subject.changedAt === place) return
      subject.changedAt = place
      entries.push({ place, subject })
      clear()
    },
    add(event) {
      events.push(event)
      newest.set(nameOf(event.report), event)
    },
    forgetEvents(before) {
      const firstKept = events.findIndex(({ correctedAt }) => correctedAt >= before)
      if (firstKept !== 0 && events.length > 0) dropEvents(firstKept === -1 ? events.length : firstKept)
    },
    newest: (key, from) => newest.get(nameOf({ key, from })),
    since(place) {
      if (place < forgottenAt) return undefined
      return {
        // Only when it is asked for: who names keys finds them without a walk.
        get subjects() {
          return entries.slice(firstBehind(entries, place)).filter(isFresh).map(({ subject }) => subject)
        },
        events: events.slice(firstBehind(events, place)),
      }
    },
    forget(subject) {
      forgottenAt = Math.max(forgottenAt, subject.changedAt)
      subject.changedAt = 0
    },
    get events() {
      return events
    },
  }
}

function nameOf({ key, from }: JournalEvent['report']): string {
  return `${from} ${key}`
}

/** Index of the first item whose place lies behind the given one. */
function firstBehind(items: readonly { readonly place: number }[], place: number): number {
  let [low, high] = [0, items.length]
  while (low < high) {
    const middle = (low + high) >> 1
    if (items[middle]!.place > place) high = middle
    else low = middle + 1
  }
  return low
}
