import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { addReports } from './add-reports.ts'
import type { CrowdEvent } from './simulate-crowd.ts'
import type { FromSubscribers, ReportedPeriod, SubscriberReport, SubscriberSettings, ToSubscribers } from './subscriber-messages.ts'

export interface ForkOptions extends Omit<SubscriberSettings, 'sse' | 'sockets'> {
  /** How many of each kind, in all processes together. */
  readonly subscribers: number
  readonly sockets: number
  readonly processes: number
}

/** Subscribers in processes of their own. */
export interface ForkedSubscribers {
  /** Processes, for whoever wants to know what they cost. */
  readonly pids: readonly number[]
  /** Tells them of an acknowledged event, and when it was due (milliseconds since 1970). */
  noteSent(event: Pick<CrowdEvent, 'topic' | 'place'>, sentAt: number): void
  /** What all saw so far. */
  report(period: ReportedPeriod): Promise<SubscriberReport>
  close(): Promise<void>
}

const script = fileURLToPath(new URL('subscriber-process.ts', import.meta.url))
/** Word of acknowledged events travels this often. Milliseconds. */
const tellMs = 100

/** Starts the processes and resolves when their subscribers are served, or could not be: see the report. */
export async function forkSubscribers(options: ForkOptions): Promise<ForkedSubscribers> {
  const children = Array.from({ length: options.processes }, () => fork(script, { execArgv: [] }))
  const failed = Promise.withResolvers<never>()
  failed.promise.catch(() => {})
  for (const child of children) {
    // Of a child that is gone: it can't be told anything any more.
    child.on('error', failed.reject)
    child.once('exit', (code, signal) => failed.reject(new Error(`subscribers ended with ${code ?? signal}`)))
  }
  const ask = <Answer>(message: (child: number) => ToSubscribers): Promise<Answer[]> =>
    Promise.race([Promise.all(children.map((child, at) => request<Answer>(child, message(at)))), failed.promise])

  const events: number[] = []
  const tell = (): void => {
    const sent = events.splice(0)
    if (sent.length > 0) for (const child of children) child.send({ kind: 'sent', events: sent } satisfies ToSubscribers)
  }
  const telling = setInterval(tell, tellMs)
  const close = async (): Promise<void> => {
    clearInterval(telling)
    await Promise.all(children.map(end))
  }
  try {
    await ask((child) => ({ kind: 'open', settings: settingsOf(options, child) }))
  } catch (error) {
    await close()
    throw error
  }
  return {
    pids: children.map(({ pid }) => pid!),
    noteSent: ({ topic, place }, sentAt) => void events.push(topic === 'like' ? 1 : 0, place, sentAt),
    async report(period) {
      tell()
      const answers = await ask<FromSubscribers & { kind: 'report' }>(() => ({ kind: 'report', period }))
      return addReports(answers.map(({ report }) => report))
    },
    close,
  }
}

/** Every process gets every so-manieth subscriber. */
function settingsOf({ subscribers, sockets, processes, ...settings }: ForkOptions, child: number): SubscriberSettings {
  const share = (count: number): number[] => [...Array(count).keys()].filter((number) => number % processes === child)
  const { url, seed, rooms, videos, periodMs } = settings
  return { url, seed, rooms, videos, periodMs, sse: share(subscribers), sockets: share(sockets) }
}

async function request<Answer>(child: ChildProcess, message: ToSubscribers): Promise<Answer> {
  child.send(message)
  const [answer] = (await once(child, 'message')) as [Answer]
  return answer
}

/** A child ends when nobody is connected to it. */
async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const ended = once(child, 'exit')
  if (child.connected) child.disconnect()
  await ended
}
