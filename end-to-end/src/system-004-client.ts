import { io, type ManagerOptions } from 'socket.io-client'

/** The two videos that the test client of system 004 watches. */
export const observedVideos = ['93f98662-8907-4f43-bb4c-280501481046', '69e7266c-753e-4ed3-b7fc-9035133a293f'] as const

/** What its clients read of a report, and what has come in addition. */
export interface Report {
  readonly id: string
  readonly count: number
  readonly windowStart: string
  readonly windowEnd: string
  readonly final: boolean
  readonly revision: number
}

export type Minutes = 1 | 5 | 10

/** A client of system 004 that does what it did there: it asks without wanting an answer, and only listens from then on. */
export interface System004Client {
  /** Everything it heard on windows of this length, in order. */
  reports(minutes: Minutes): readonly Report[]
  /** How often it was connected so far. */
  readonly connects: number
  /** How often it was not let in. */
  readonly refusals: number
  /** What the server complained of; its own server never did. */
  readonly complaints: readonly unknown[]
  close(): void
}

export interface System004Options extends Pick<Partial<ManagerOptions>, 'reconnectionDelay' | 'extraHeaders'> {
  readonly videos?: readonly string[]
  /** Its page has the first alone, its test client begins with the second. */
  readonly transports?: ('websocket' | 'polling')[]
}

/** Written from the contract of system 004, events and payloads as they were there. Connects in the background, and again whenever it has to. */
export function openSystem004Client(url: string, options: System004Options = {}): System004Client {
  const { videos = observedVideos, transports = ['websocket'], ...manager } = options
  const heard: Record<Minutes, Report[]> = { 1: [], 5: [], 10: [] }
  const complaints: unknown[] = []
  let connects = 0
  let refusals = 0

  const socket = io(url, { transports, forceNew: true, timeout: 5000, withCredentials: false, ...manager })
  socket.on('connect', () => {
    connects += 1
    socket.emit('register_room', { rooms: videos })
    socket.emit('consume_1_min_aggregations', {})
    socket.emit('consume_5_min_aggregations', {})
    socket.emit('consume_10_min_aggregations', {})
    socket.emit('consume_topic', { rooms: videos })
  })
  socket.on('connect_error', () => void (refusals += 1))
  socket.on('live_aggregations_1', (report: Report) => heard[1].push(report))
  socket.on('live_aggregations_5', (report: Report) => heard[5].push(report))
  socket.on('live_aggregations_10', (report: Report) => heard[10].push(report))
  socket.on('request_error', (complaint: unknown) => complaints.push(complaint))
  return {
    reports: (minutes) => heard[minutes],
    get connects() {
      return connects
    },
    get refusals() {
      return refusals
    },
    complaints,
    close: () => void socket.close(),
  }
}
