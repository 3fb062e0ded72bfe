import { type Figure, short } from '../figures.ts'
import type { ProcessState } from '../report-state.ts'
import type { LiveSettings } from './live-settings.ts'
import { coresBetween, rssAt, rssSlope, waitedBetween } from './observe.ts'
import type { LiveResult } from './run-live.ts'
import type { Line } from './screen-figures.ts'

const mebibyte = 1024 * 1024

/** Whether memory stays where it is: resident over time, and what is left after a full collection. */
export function memoryFigures(line: Line, { samples, states }: LiveResult, settings: LiveSettings): Figure[] {
  const { seconds, subscribers, sockets } = settings
  const analytics = samples['analytics-service']!.filter((sample) => sample.seconds <= seconds)
  const moments = momentsOf(seconds)
  const slope = rssSlope(analytics, moments[1]!)
  const { idle, served, done } = states
  const mebibytes = (bytes: readonly number[]): string => `${bytes.map((count) => short(count / mebibyte)).join(', ')} MiB`
  const heapOf = ({ heapBytes, externalBytes }: ProcessState): number => heapBytes + externalBytes
  return [
    {
      ...line,
      what: `resident memory of analytics at ${moments.map((at) => at.toFixed(0)).join(', ')} s`,
      value: mebibytes(moments.map((at) => rssAt(analytics, at))),
      ratio: rssAt(analytics, seconds) / rssAt(analytics, moments[1]!),
      target: { max: 1.2 },
    },
    { ...line, what: 'its slope from the second of those on', value: `${((slope * 60) / mebibyte).toFixed(2)} MiB a minute` },
    { ...line, what: 'its heap and buffers after gc: nobody there, all served, at the end', value: mebibytes([idle, served, done].map(heapOf)) },
    { ...line, what: 'resident memory after gc at the same moments', value: mebibytes([idle, served, done].map(({ rssBytes }) => rssBytes)) },
    {
      ...line,
      what: 'memory of a subscriber, when all are served',
      value: `${short((served.rssBytes - idle.rssBytes) / Math.max(1, subscribers + sockets) / 1024)} KiB resident, ` +
        `${short((heapOf(served) - heapOf(idle)) / Math.max(1, subscribers + sockets) / 1024)} KiB of it heap and buffers`,
    },
  ]
}

/** The start, every minute and the end; thirds of what is shorter than two minutes. */
function momentsOf(seconds: number): number[] {
  const stepSeconds = seconds < 120 ? seconds / 3 : 60
  const steps = Math.ceil(seconds / stepSeconds - 0.01)
  return [...Array.from({ length: steps }, (_, step) => step * stepSeconds), seconds]
}

/** What every process took (`sender` is this one, which posts), and how long the loop of the one that is looked at was held up. */
export function processFigures(line: Line, { samples, metrics }: LiveResult, { seconds }: LiveSettings): Figure[] {
  const cores = Object.entries(samples).map(([name, ofProcess]) => `${name} ${coresBetween(ofProcess, 0, seconds).toFixed(2)}`)
  const waits = Object.entries(samples).map(([name, ofProcess]) => `${name} ${(waitedBetween(ofProcess, 0, seconds) * 100).toFixed(0)}%`)
  const delays = ['nodejs_eventloop_lag_p50_seconds', 'nodejs_eventloop_lag_p99_seconds', 'nodejs_eventloop_lag_max_seconds']
  const worst = delays.map((name) => `${(Math.max(0, ...metrics.valuesOf(name)) * 1000).toFixed(0)} ms`)
  const [ticks, publishing] = [metrics.growthOf('publish_duration_seconds_count'), metrics.growthOf('publish_duration_seconds_sum')]
  return [
    { ...line, what: 'cores in use', value: cores.join(', ') },
    { ...line, what: 'time in which the main thread waited for a core', value: waits.join(', ') },
    { ...line, what: 'loop of analytics, looked at every 10 ms, worst 5 s: p50, p99, longest', value: worst.join(', ') },
    { ...line, what: 'publishing a tick of a view to all', value: `${short((publishing / Math.max(1, ticks)) * 1000)} ms` },
  ]
}
