import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'

/** What one side of a comparison did, and what it cost. CPU time is of the whole process, its threads included. */
export interface Usage {
  readonly count: number
  readonly seconds: number
  readonly cpuSeconds: number
}

/** Runs a script below `src/` in a process of its own, which answers through `answer`. */
export async function runSide<Result>(
  script: string,
  options: object,
  nodeArgs: readonly string[] = [],
): Promise<Result> {
  const path = fileURLToPath(new URL(script, import.meta.url))
  const args = [...profiling(script), ...nodeArgs, path, JSON.stringify(options)]
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] })
  let result: { value: Result } | undefined
  child.on('message', (value) => (result = { value: value as Result }))
  const [code] = (await once(child, 'close')) as [number | null]
  if (code !== 0 || !result) throw new Error(`${script} ended with ${code}`)
  return result.value
}

/** `BENCH_PROFILE=<folder>` writes a CPU profile of every side and service there. */
export function profiling(script: string): string[] {
  const folder = process.env['BENCH_PROFILE']
  if (!folder) return []
  const name = `${script.replaceAll('/', '-')}-${Date.now()}.cpuprofile`
  return ['--cpu-prof', `--cpu-prof-dir=${folder}`, `--cpu-prof-name=${name}`]
}

/** The body of such a script: does the work, hands the result over, and ends the process. */
export async function answer(work: (options: never) => Promise<object>): Promise<void> {
  const result = await work(JSON.parse(process.argv[2] ?? '{}') as never)
  await new Promise<void>((resolve) => process.send!(result, undefined, undefined, () => resolve()))
  process.exit(0)
}

/** Measures a piece of work that answers how much it did. */
export async function measure(work: () => Promise<number>): Promise<Usage> {
  const [startedAt, cpu] = [performance.now(), process.cpuUsage()]
  const count = await work()
  const { user, system } = process.cpuUsage(cpu)
  return { count, seconds: (performance.now() - startedAt) / 1000, cpuSeconds: (user + system) / 1e6 }
}
