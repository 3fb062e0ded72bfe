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
}

export const simulationUsage = `Sends seeded traffic of simulated clients to a running Twofold, and keeps account of it.

  npm run simulate
  npm run simulate -- --rate 200 --duration 30 --clients 1000 --repeats 0.2 --late 0.05 --seed 1 --ledger sent.ndjson
  npm run simulate -- --rate 50 --watch           also: no answer may ever hold more than was sent
  npm run verify -- --ledger sent.ndjson          afterwards: everything was counted exactly once

  --url <url>            where events are posted (API_URL, else http://127.0.0.1:8080)
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
Exit code: 0 all acknowledged, 1 not all or a wrong answer was seen, 2 bad options.
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
  return {
    url: readUrl(values.url ?? apiUrl),
    rate: readNumber('rate', values.rate, 0.001, 100_000),
    durationMs: readNumber('duration', values.duration, 0.1, 1e6) * 1000,
    clients: readNumber('clients', values.clients, 1, 1e6, true),
    repeats: readNumber('repeats', values.repeats, 0, 1),
    late: readNumber('late', values.late, 0, 1),
    seed: values.seed === undefined ? randomSeed : readNumber('seed', values.seed, 0, 2 ** 31, true),
    connections: readNumber('connections', values.connections, 1, 10_000, true),
    giveUpMs: readNumber('give-up', values['give-up'], 0, 1e6) * 1000,
    ...(values.ledger === undefined ? {} : { ledgerPath: values.ledger }),
    watch: values.watch,
  }
}

function readNumber(name: string, text: string, min: number, max: number, isWhole = false): number {
  const number = text.trim() === '' ? Number.NaN : Number(text)
  if (number >= min && number <= max && (!isWhole || Number.isInteger(number))) return number
  throw new TypeError(
    `--${name} must be a ${isWhole ? 'whole ' : ''}number from ${min} to ${max}, not ${JSON.stringify(text)}`,
  )
}

function readUrl(text: string): string {
  if (URL.canParse(text) && /^https?:/.test(text)) return text
  throw new TypeError(`--url must begin with http:// or https://, not ${JSON.stringify(text)}`)
}
