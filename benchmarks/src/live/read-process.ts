import { readFile } from 'node:fs/promises'

/** What a process used so far. */
export interface ProcessUse {
  readonly cpuSeconds: number
  readonly rssBytes: number
  /** Time in which its main thread could have run, but all cores were busy with something else. */
  readonly waitedSeconds: number
}

/** Ticks of /proc/<pid>/stat, which are these on every Linux that Node runs on. */
const ticksPerSecond = 100

/**
 * Asks the system, not the process, which has other things to do; see proc_pid_stat(5), proc_pid_status(5) and the kernel's
 * sched-stats.rst. Undefined when the process has ended. Linux only.
 */
export async function readProcess(pid: number): Promise<ProcessUse | undefined> {
  const files = ['stat', 'status', 'schedstat'].map((name) => readFile(`/proc/${pid}/${name}`, 'utf8').catch(() => undefined))
  const [stat, status, scheduled] = await Promise.all(files)
  if (stat === undefined || status === undefined) return undefined
  // The name is in brackets and may hold anything.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ').map(Number)
  const ticks = fields[11]! + fields[12]!
  return {
    cpuSeconds: ticks / ticksPerSecond,
    rssBytes: Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1] ?? 0) * 1024,
    // Not every kernel keeps it.
    waitedSeconds: Number(scheduled?.split(' ')[1] ?? 0) / 1e9,
  }
}
