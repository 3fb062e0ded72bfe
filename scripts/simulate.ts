import { randomInt } from 'node:crypto'
import { describeSimulation, describeWatch } from '@twofold/verification/describe-simulation.ts'
import { naiveViews } from '@twofold/verification/naive-counts.ts'
import { parseSimulation, simulationUsage } from '@twofold/verification/parse-simulation.ts'
import { createProgressDisplay } from '@twofold/verification/show-progress.ts'
import { simulate } from '@twofold/verification/simulate.ts'
import { watchAnswers } from '@twofold/verification/watch-answers.ts'

process.exitCode = await run().catch((error: unknown) => {
  console.error(error instanceof TypeError ? `${error.message}; see --help` : error)
  return error instanceof TypeError ? 2 : 1
})

async function run(): Promise<number> {
  const settings = parseSimulation(
    process.argv.slice(2),
    process.env['API_URL'] || 'http://127.0.0.1:8080',
    randomInt(1e9),
  )
  if (settings === null) {
    console.log(simulationUsage)
    return 0
  }
  const stopping = new AbortController()
  // The first Ctrl-C finishes what is under way, a second one ends the process.
  process.once('SIGINT', () => stopping.abort())
  const display = createProgressDisplay(process.stderr)
  const countViews = naiveViews.filter(({ view }) => view !== 'longest-name')
  const watch = settings.watch ? watchAnswers({ apiUrl: settings.url, naiveViews: countViews }) : undefined
  const onSend = watch && { onSend: watch.noteSent }
  const simulation = await simulate({ ...settings, signal: stopping.signal, onProgress: display.show, ...onSend })
  display.end()
  console.log(describeSimulation(simulation, settings.seed))
  const watched = await watch?.stop()
  if (watched) console.log(describeWatch(watched))
  const { refused, givenUp } = simulation.counts
  return refused + givenUp + (watched?.violations.length ?? 0) === 0 ? 0 : 1
}
