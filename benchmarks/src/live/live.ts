import { randomInt } from 'node:crypto'
import { describeCrowd } from '@twofold/verification/crowd/describe-crowd.ts'
import { type Bench, logSetting } from '../bench.ts'
import type { Figure } from '../figures.ts'
import { grouped } from './grouped.ts'
import type { LiveSettings } from './live-settings.ts'
import { memoryFigures, processFigures } from './process-figures.ts'
import { runLive } from './run-live.ts'
import { measureScaling } from './scaling.ts'
import { type Line, screenFigures, stuckFigures } from './screen-figures.ts'

/** How long a tap takes to the screens of many subscribers, what that costs, and how it grows with them. */
export async function benchLive(bench: Bench): Promise<Figure[]> {
  const { live, set, say } = bench
  const seed = randomInt(1e9)
  const result = await runLive(bench, live, { withStuck: true, seed })
  for (const text of describeCrowd(result.crowd, seed).split('\n')) say(text)
  const line: Line = { set, benchmark: 'live', setting: settingOf(live, set) }
  return [
    ...screenFigures(line, result),
    ...memoryFigures(line, result, live),
    ...processFigures(line, result, live),
    ...stuckFigures(line, result, live),
    ...(live.isScaled ? await measureScaling(bench) : []),
  ]
}

function settingOf({ subscribers, sockets, rate, seconds, rooms, processes, isWhole }: LiveSettings, set: Bench['set']): string {
  return `${grouped(subscribers)} SSE and ${grouped(sockets)} socket.io subscribers in ${processes} processes of their own on one ` +
    `analytics process, ${grouped(rate)} reactions/s and a ninth of that in likes for ${seconds} s, ${rooms} rooms; ingest, ` +
    `stream-processor${isWhole ? ', transactional-service, batch-processor' : ''} one process each, all on the same machine; ` +
    `from when a tap was due until its subscriber's process has read a message that counts it; ${logSetting[set]}`
}
