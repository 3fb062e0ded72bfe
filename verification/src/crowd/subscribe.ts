import { createMoodReader } from './read-mood.ts'
import { roomName, videoName } from './simulate-crowd.ts'
import { openSocket } from './socket-subscriber.ts'
import { openSse } from './sse-subscriber.ts'
import { noConnections, type PackedEvents, type ReportedPeriod, type SubscriberReport, type SubscriberSettings } from './subscriber-messages.ts'
import { createTally } from './tally.ts'
import type { Kind } from './watched-window.ts'

/** Subscribers of one process. */
export interface Subscribers {
  /** Resolves when all are served, or could not be. */
  open(): Promise<void>
  noteSent(events: PackedEvents): void
  /** What was seen so far. */
  report(period: ReportedPeriod): SubscriberReport
  close(): void
}

/** Everyone is in all rooms at once, too. */
const allRooms = 'all'
const videosEach = 3
/** So many connect at a time. */
const connecting = 64

export function createSubscribers(settings: SubscriberSettings): Subscribers {
  const { url, seed, videos } = settings
  const tally = createTally(settings.periodMs)
  const read = createMoodReader(tally)
  const counts = { mood: noConnections(), likes: noConnections() }
  const open: { close(): void }[] = []

  const openMood = async (number: number): Promise<void> => {
    const keys = new Set(roomsOf(number, settings))
    const target = new URL(`${url.replace(/\/$/, '')}/views/mood/stream?rooms=${[...keys].join(',')}`)
    const subscriber = openSse({ url: target, keys, read, counts: counts.mood })
    open.push(subscriber)
    if (await subscriber.opened) for (const key of keys) tally.watch('mood', key)
  }
  const openLikes = async (number: number): Promise<void> => {
    const rooms = videosOf(number, settings)
    const subscriber = openSocket({ url, rooms, tally, counts: counts.likes })
    open.push(subscriber)
    if (await subscriber.opened) for (const video of rooms) tally.watch('likes', video)
  }
  const reportKind = (kind: Kind, since: number) => ({
    connections: counts[kind],
    comparison: tally.compare(kind, since),
    latencies: tally.latencies(kind),
    lonely: tally.lonely(kind),
  })
  return {
    async open() {
      await fewAtATime(settings.sse, openMood)
      await fewAtATime(settings.sockets, openLikes)
    },
    noteSent(events) {
      for (let at = 0; at < events.length; at += 3) {
        const [isLike, place, sentAt] = [events[at]!, events[at + 1]!, events[at + 2]!]
        if (isLike) tally.noteSent('likes', [videoName(seed, place % videos)], sentAt)
        else tally.noteSent('mood', [roomName(place), allRooms], sentAt)
      }
    },
    report({ since, until }) {
      tally.settle(until)
      return { mood: reportKind('mood', since), likes: reportKind('likes', since), unknown: tally.unknown }
    },
    close: () => open.forEach((subscriber) => subscriber.close()),
  }
}

/** Every room has some who watch only it, and some who watch the whole crowd as well. */
function roomsOf(number: number, { rooms }: SubscriberSettings): string[] {
  const room = roomName(number % rooms)
  return Math.floor(number / rooms) % 2 === 0 ? [allRooms, room] : [room]
}

function videosOf(number: number, { seed, videos }: SubscriberSettings): string[] {
  return Array.from({ length: Math.min(videosEach, videos) }, (_, at) => videoName(seed, (number * videosEach + at) % videos))
}

async function fewAtATime(numbers: readonly number[], open: (number: number) => Promise<void>): Promise<void> {
  const waiting = numbers.values()
  const work = async (): Promise<void> => {
    for (const number of waiting) await open(number)
  }
  await Promise.all(Array.from({ length: connecting }, work))
}
