import { randomInt } from 'node:crypto'
import { joinPeriods } from '@twofold/verification/crowd/add-reports.ts'
import { type Bench, logSetting } from '../bench.ts'
import { type Figure, short } from '../figures.ts'
import type { LiveSettings } from './live-settings.ts'
import { grouped } from './grouped.ts'
import { coresBetween } from './observe.ts'
import type { Measured } from './measured.ts'
import { type LiveResult, runLive } from './run-live.ts'
import { calculateSizes } from './sizing.ts'

/** How large a crowd of the comparison is. */
interface Size {
  readonly subscribers: number
  readonly sockets: number
  readonly rooms: number
}

const usual = 100
const plan = {
  short: { seconds: 10, steps: [500, 1000], rooms: [1, usual], sockets: 200 },
  soak: { seconds: 20, steps: [1000, 2500, 5000, 10_000], rooms: [1, 10, usual, 1000], sockets: 1000 },
} as const

/** What more subscribers, and more rooms, add: runs one after the other, each with services of its own. */
export async function measureScaling(bench: Bench): Promise<Figure[]> {
  const { steps, rooms, sockets } = planOf(bench)
  const nobody = new Map<number, Measured>()
  const figures: Figure[] = []
  const add = async (size: Size): Promise<Measured> => {
    const measured = await measure(bench, size)
    figures.push(describe(bench, size, measured, nobody.get(size.rooms)!))
    return measured
  }
  for (const count of rooms) {
    const measured = await measure(bench, { subscribers: 0, sockets: 0, rooms: count })
    nobody.set(count, measured)
    figures.push({ ...lineOf(bench), what: `no subscribers, ${count} rooms`, value: `${measured.cores.toFixed(3)} cores` })
  }
  let largest: Measured | undefined
  for (const subscribers of steps) largest = await add({ subscribers, sockets: 0, rooms: usual })
  for (const count of rooms) if (count !== usual) await add({ subscribers: steps[1], sockets: 0, rooms: count })
  await add({ subscribers: 0, sockets, rooms: usual })
  const subscribers = steps.at(-1)!
  return [...figures, ...calculateSizes(lineOf(bench), { subscribers, nobody: nobody.get(usual)!, measured: largest! })]
}

const planOf = ({ live: { isSoak } }: Bench) => plan[isSoak ? 'soak' : 'short']

async function measure(bench: Bench, size: Size): Promise<Measured> {
  const { seconds } = planOf(bench)
  const settings: LiveSettings = { ...bench.live, ...size, seconds, isWhole: false }
  bench.say(`${size.subscribers} SSE, ${size.sockets} socket.io, ${size.rooms} rooms`)
  return measuredOf(await runLive(bench, settings, { withStuck: false, seed: randomInt(1e9) }), seconds)
}

function measuredOf({ crowd, samples, states, metrics }: LiveResult, seconds: number): Measured {
  const { mood, likes } = crowd.seen
  const analytics = samples['analytics-service']!
  const ticks = metrics.growthOf('publish_duration_seconds_count')
  const lastSeconds = analytics.at(-1)!.seconds
  return {
    // The first quarter is everybody's start.
    cores: coresBetween(analytics, seconds / 4, seconds),
    bytesIdle: states.idle.rssBytes,
    bytesServed: states.served.rssBytes,
    bytesAtMost: Math.max(...analytics.map(({ rssBytes }) => rssBytes)),
    messagesPerSecond: (mood.connections.frames + likes.connections.frames) / lastSeconds,
    receivedPerSecond: (mood.connections.bytes + likes.connections.bytes) / lastSeconds,
    tickMs: (metrics.growthOf('publish_duration_seconds_sum') / Math.max(1, ticks)) * 1000,
    ticksPerSecond: ticks / lastSeconds,
    p99: joinPeriods([...mood.latencies, ...likes.latencies]).percentiles().p99,
  }
}

const lineOf = (bench: Bench): Pick<Figure, 'set' | 'benchmark' | 'setting'> => ({
  set: bench.set,
  benchmark: 'live',
  setting: `${grouped(bench.live.rate)} reactions/s for ${planOf(bench).seconds} s, services started anew for each line; cores and memory ` +
    `of the analytics process, less what it takes without subscribers; CPU per message is that of one reader and tick; ${logSetting[bench.set]}`,
})

function describe(bench: Bench, { subscribers, sockets, rooms }: Size, measured: Measured, nobody: Measured): Figure {
  const people = subscribers + sockets
  const { cores, bytesIdle, bytesServed, bytesAtMost, messagesPerSecond, receivedPerSecond, tickMs, ticksPerSecond, p99 } = measured
  const kibibytes = [bytesServed, bytesAtMost].map((bytes) => `${short((bytes - bytesIdle) / people / 1024)} KiB`)
  const added = cores - nobody.cores
  return {
    ...lineOf(bench),
    what: `${grouped(people)} ${subscribers > 0 ? 'SSE' : 'socket.io'}, ${rooms} rooms`,
    value: [
      `${cores.toFixed(2)} cores (${((added / people) * 1000).toFixed(3)} per 1,000, ${short((added / messagesPerSecond) * 1e6)} us CPU a message)`,
      `${short(messagesPerSecond / people)} messages/s and ${short(receivedPerSecond / people / 1024)} KiB/s each`,
      `${short(ticksPerSecond)} ticks/s of ${short(tickMs)} ms`,
      `${kibibytes[0]} each when served, ${kibibytes[1]} at most`,
      `p99 ${p99} ms`,
    ].join('; '),
  }
}
