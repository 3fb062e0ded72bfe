import { randomInt } from 'node:crypto'
import { describeCrowd, describeCrowdProgress, isFlawless } from '@twofold/verification/crowd/describe-crowd.ts'
import { runCrowd } from '@twofold/verification/crowd/run-crowd.ts'
import { describeSimulation, describeWatch } from '@twofold/verification/describe-simulation.ts'
import { openLedger } from '@twofold/verification/ledger.ts'
import { naiveViews } from '@twofold/verification/naive-counts.ts'
import {
  type CrowdArguments,
  parseSimulation,
  type SimulationArguments,
  simulationUsage,
} from '@twofold/verification/parse-simulation.ts'
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
  return settings.crowd ? runWithCrowd(settings, settings.crowd, stopping.signal) : runPlain(settings, stopping.signal)
}

async function runPlain(settings: SimulationArguments, signal: AbortSignal): Promise<number> {
  const display = createProgressDisplay(process.stderr)
  const countViews = naiveViews.filter(({ view }) => view !== 'longest-name')
  const watch = settings.watch ? watchAnswers({ apiUrl: settings.url, naiveViews: countViews }) : undefined
  const onSend = watch && { onSend: watch.noteSent }
  const simulation = await simulate({ ...settings, signal, onProgress: display.show, ...onSend })
  display.end()
  console.log(describeSimulation(simulation, settings.seed))
  const watched = await watch?.stop()
  if (watched) console.log(describeWatch(watched))
  const { refused, givenUp } = simulation.counts
  return refused + givenUp + (watched?.violations.length ?? 0) === 0 ? 0 : 1
}

async function runWithCrowd(settings: SimulationArguments, crowd: CrowdArguments, signal: AbortSignal): Promise<number> {
  const ledger = settings.ledgerPath === undefined ? undefined : openLedger(settings.ledgerPath)
  const result = await runCrowd({
    ...settings,
    ...crowd,
    signal,
    periodMs: 10_000,
    onReady: ({ mood, likes }) => {
      const [pages, sockets] = [mood.connections.opened, likes.connections.opened]
      console.error(`${pages} of ${crowd.subscribers} SSE and ${sockets} of ${crowd.sockets} socket.io subscribers are served`)
    },
    onProgress: (progress) => console.error(describeCrowdProgress(progress)),
    onSend: (event) => ledger?.noteSent(event),
    onSettled: (event, { outcome }) => outcome !== 'givenUp' && ledger?.noteOutcome(event, outcome),
  })
  ledger?.close()
  console.log(describeCrowd(result, settings.seed))
  return isFlawless(result) ? 0 : 1
}
