/** Something that was published and may be published anew: the newest time counts. */
export interface Journaled {
  /** The place after the update that changed it last: the next offset of its partition. */
  changedAt: number
}

/** What was published in one partition, in order: the newest entry of each subject and every event. */
export interface Journal<Subject extends Journaled, Event extends { readonly place: number }> {
  /** Notes that a subject changed at a place. Places never step back. */
  note(subject: Subject, place: number): void
  add(event: Event): void
  /** What changed behind a place; undefined when something that did was forgotten. */
  since(place: number): { readonly subjects: Subject[]; readonly events: Event[] } | undefined
  /** Forgets a subject: readers that have not heard of its last change have to start anew. */
  forget(subject: Subject): void
  readonly events: readonly Event[]
}

const eventsKept = 10_000

/**
 * An array that is searched from a place on. An entry is stale once its subject changed again; they are cleared away
 * when they outnumber the others, so that it grows with the subjects and not with their changes.
 */
export function createJournal<Subject extends Journaled, Event extends { readonly place: number }>(
  isRemembered: (subject: Subject) => boolean,
): Journal<Subject, Event> {
  let entries: { readonly place: number; readonly subject: Subject }[] = []
  let events: Event[] = []
  let cleared = 0
  let forgottenAt = 0

  const isFresh = ({ place, subject }: (typeof entries)[number]): boolean => subject.changedAt === place && isRemembered(subject)
  const clear = (): void => {
    if (entries.length < 2 * cleared + 1000) return
    entries = entries.filter(isFresh)
    cleared = entries.length
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
      if (events.length <= 2 * eventsKept) return
      forgottenAt = Math.max(forgottenAt, events[eventsKept - 1]!.place)
      events = events.slice(eventsKept)
    },
    since(place) {
      if (place < forgottenAt) return undefined
      const subjects = entries.slice(firstBehind(entries, place)).filter(isFresh)
      return { subjects: subjects.map(({ subject }) => subject), events: events.slice(firstBehind(events, place)) }
    },
    forget(subject) {
      forgottenAt = Math.max(forgottenAt, subject.changedAt)
    },
    get events() {
      return events
    },
  }
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
