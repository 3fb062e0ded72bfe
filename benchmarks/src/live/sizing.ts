import { type Figure, short } from '../figures.ts'
import { grouped } from './grouped.ts'
import type { Measured } from './measured.ts'
import type { Line } from './screen-figures.ts'

interface Basis {
  /** How many there were when `measured` was. */
  readonly subscribers: number
  readonly measured: Measured
  /** The same without subscribers: what every further process costs. */
  readonly nobody: Measured
}

/** Of a core: what is above it is for those who come back when another process ends. */
const busyShare = 0.6
const sizes = [10_000, 100_000, 1_000_000, 10_000_000]

/**
 * Processes for so many subscribers, by calculation: every process reads all updates (`nobody`), and each of its
 * subscribers adds its part of what the largest crowd cost. What a tap costs before that does not grow with subscribers.
 */
export function calculateSizes(line: Line, { subscribers, measured, nobody }: Basis): Figure[] {
  const coresEach = Math.max(1e-9, (measured.cores - nobody.cores) / subscribers)
  const bytesEach = Math.max(0, measured.bytesAtMost - measured.bytesIdle) / subscribers
  const perProcess = Math.max(1, Math.floor((busyShare - nobody.cores) / coresEach))
  return sizes.map((count) => {
    const processes = Math.ceil(count / perProcess)
    const cores = processes * nobody.cores + count * coresEach
    const gibibytes = (processes * measured.bytesIdle + count * bytesEach) / 1024 ** 3
    const gigabits = ((measured.receivedPerSecond / subscribers) * count * 8) / 1e9
    return {
      ...line,
      what: `by calculation: ${grouped(count)} SSE subscribers`,
      value: `${grouped(processes)} processes of up to ${grouped(perProcess)} at ${busyShare} of a core, ${short(cores)} cores, ` +
        `${short(gibibytes)} GiB, ${short(gigabits)} Gbit/s before compression`,
    }
  })
}
