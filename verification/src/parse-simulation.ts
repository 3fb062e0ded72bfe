import { parseArgs } from 'node:util'

/** What a person asked of `npm run simulate`. */
export interface SimulationArguments {
  readonly url: string
  readonly rate: number
  readonly durationMs: number
  readonly clients: number
  readonly repeats: number
  readonly late: number
  readonly seed: number
  readonly connections: number
  readonly giveUpMs: number
  readonly ledgerPath?: string
  readonly watch: boolean
  /** Only when a crowd was asked for. */
  readonly crowd?: CrowdArguments
}

export interface CrowdArguments {
  readonly liveUrl: string
  readonly rooms: number
  readonly videos: number
  readonly subscribers: number
  readonly sockets: number
  readonly processes: number
  readonly settleMs: number
}

export const simulationUsage = `Sends seeded traffic of simulated clients to a running Twofold, and keeps account of it.

  npm run simulate
  npm run simulate -- --rate 200 --duration 30 --clients 1000 --repeats 0.2 --late 0.05 --seed 1 --ledger sent.ndjson
  npm run simulate -- --rate 50 --watch           also: no answer may ever hold more than was sent
  npm run simulate -- --crowd --subscribers 1000  a crowd with moods, and pages that watch it
  npm run verify -- --ledger sent.ndjson          afterwards: everything was counted exactly once

  --url <url>            where events are posted (API_URL, else http://127.0.0.1:8080); API_KEY is sent where it is set
  --rate <n>             requests a second (200)
  --duration <s>         seconds (30)
  --clients <n>          simulated people (1000)
  --repeats <share>      sent again with the same id, 0 to 1 (0.2)
  --late <share>         events that are hours or days old, 0 to 1 (0.05)
  --seed <n>             the same seed sends the same ids: against a store that has them they are repeats (random)
  --ledger <file>        note every event and what became of it, as NDJSON; an existing file is continued
  --connections <n>      most connections at once (128)
  --give-up <s>          how long an event is retried (60)
  --watch                read the views meanwhile; for a store that was empty
  --help

  --crowd                people in rooms, each in one of seven moods, who tap emojis, --rate taps a second in all, and
                         like videos (a tenth of all events). Now and then something happens in a room: most of its
                         people swing to one mood and tap more often for some seconds. Events of 50 ms are posted
                         together. Subscribers in processes of their own tell how long a tap takes to their screens,
                         and whether the last count of every window is what was acknowledged. No repeats, nothing
                         late: those options and --watch are for the plain traffic.
  --live-url <url>       where streams and sockets are served (--url)
  --rooms <n>            room-1 to room-n (10)
  --videos <n>           videos that are liked (50)
  --subscribers <n>      pages that watch moods over SSE, half of them "all" and a room, half a room alone (100)
  --sockets <n>          pages that watch the likes of three videos over socket.io (20)
  --processes <n>        processes that the pages are spread over (2)
  --settle <s>           how long the last windows may take to be right and final on all screens (20)
Exit code: 0 all acknowledged, 1 not all or a wrong answer was seen or a page was dropped, 2 bad options.
`

const options = {
  url: { type: 'string' },
  rate: { type: 'string', default: '200' },
  duration: { type: 'string', default: '30' },
  clients: { type: 'string', default: '1000' },
  repeats: { type: 'string', default: '0.2' },
  late: { type: 'string', default: '0.05' },
  seed: { type: 'string' },
  ledger: { type: 'string' },
  connections: { type: 'string', default: '128' },
  'give-up': { type: 'string', default: '60' },
  watch: { type: 'boolean', default: false },
  crowd: { type: 'boolean', default: false },
  'live-url': { type: 'string' },
  rooms: { type: 'string', default: '10' },
  videos: { type: 'string', default: '50' },
  subscribers: { type: 'string', default: '100' },
  sockets: { type: 'string', default: '20' },
  processes: { type: 'string', default: '2' },
  settle: { type: 'string', default: '20' },
  help: { type: 'boolean', default: false },
} as const

/** Reads the command line; null asks for help. Throws a TypeError that names what is wrong. */
export function parseSimulation(
  args: readonly string[],
  apiUrl: string,
  randomSeed: number,
): SimulationArguments | null {
  const { values } = parseArgs({ args: [...args], options })
  if (values.help) return null
  const url = readUrl('url', values.url ?? apiUrl)
  return {
    url,
    rate: readNumber('rate', values.rate, 0.001, 100_000),
    durationMs: readNumber('duration', values.duration, 0.1, 1e6) * 1000,
    clients: readCount('clients', values.clients, 1),
    repeats: readNumber('repeats', values.repeats, 0, 1),
    late: readNumber('late', values.late, 0, 1),
    seed: values.seed === undefined ? randomSeed : readCount('seed', values.seed, 0, 2 ** 31),
    connections: readCount('connections', values.connections, 1, 10_000),
    giveUpMs: readNumber('give-up', values['give-up'], 0, 1e6) * 1000,
    ...(values.ledger === undefined ? {} : { ledgerPath: values.ledger }),
    watch: values.watch,
    ...(values.crowd ? { crowd: parseCrowd(values, url) } : {}),
  }
}

type CrowdValues = Readonly<Record<'rooms' | 'videos' | 'subscribers' | 'sockets' | 'processes' | 'settle', string>> & {
  readonly 'live-url'?: string | undefined
}

function parseCrowd(values: CrowdValues, url: string): CrowdArguments {
  return {
    liveUrl: readUrl('live-url', values['live-url'] ?? url),
    rooms: readCount('rooms', values.rooms, 1),
    videos: readCount('videos', values.videos, 1),
    subscribers: readCount('subscribers', values.subscribers, 0),
    sockets: readCount('sockets', values.sockets, 0),
    processes: readCount('processes', values.processes, 1, 64),
    settleMs: readNumber('settle', values.settle, 0, 1e6) * 1000,
  }
}

function readCount(name: string, text: string, min: number, max = 1e6): number {
  return readNumber(name, text, min, max, true)
}

function readNumber(name: string, text: string, min: number, max: number, isWhole = false): number {
  const number = text.trim() === '' ? Number.NaN : Number(text)
  if (number >= min && number <= max && (!isWhole || Number.isInteger(number))) return number
  throw new TypeError(
    `--${name} must be a ${isWhole ? 'whole ' : ''}number from ${min} to ${max}, not ${JSON.stringify(text)}`,
  )
}

function readUrl(name: string, text: string): string {
  if (URL.canParse(text) && /^https?:/.test(text)) return text
  throw new TypeError(`--${name} must begin with http:// or https://, not ${JSON.stringify(text)}`)
}
