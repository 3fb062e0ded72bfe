import { expect, it } from 'vitest'
import type { Measured } from './measured.ts'
import { calculateSizes } from './sizing.ts'

const gibibyte = 1024 ** 3
const nobody: Measured = {
  cores: 0.1,
  bytesIdle: gibibyte,
  bytesServed: gibibyte,
  bytesAtMost: gibibyte,
  messagesPerSecond: 0,
  receivedPerSecond: 0,
  tickMs: 0,
  ticksPerSecond: 0,
  p99: 0,
}

it('gives every process what reading the updates costs, and subscribers up to six tenths of a core', () => {
  const measured = { ...nobody, cores: 0.35, bytesAtMost: 2 * gibibyte, receivedPerSecond: 1e6 }
  const sizes = calculateSizes({ set: 'embedded', benchmark: 'live', setting: '' }, { subscribers: 10_000, measured, nobody })
  expect(sizes.map(({ what, value }) => `${what}: ${value}`)).toEqual([
    'by calculation: 10,000 SSE subscribers: 1 processes of up to 20,000 at 0.6 of a core, 0.35 cores, 2.00 GiB, 0.01 Gbit/s before compression',
    'by calculation: 100,000 SSE subscribers: 5 processes of up to 20,000 at 0.6 of a core, 3.00 cores, 15.0 GiB, 0.08 Gbit/s before compression',
    'by calculation: 1,000,000 SSE subscribers: 50 processes of up to 20,000 at 0.6 of a core, 30.0 cores, 150 GiB, 0.80 Gbit/s before compression',
    'by calculation: 10,000,000 SSE subscribers: 500 processes of up to 20,000 at 0.6 of a core, 300 cores, 1500 GiB, 8.00 Gbit/s before compression',
  ])
})
