import type { Random } from './random.ts'

/** A process that may stop for a while, or for ever, at each of its reads and writes. */
export interface Process {
  /** Passes at once, after a pause, or never. */
  step(): Promise<void>
  resume(): void
  /** As `kill -9` does: whatever it waited for never comes. */
  kill(): void
  readonly state: 'running' | 'paused' | 'dead'
}

/** Probabilities: of a pause or a kill per step, of a time-out per call. */
export interface Dangers {
  readonly pause: number
  readonly kill: number
  readonly timeout: number
}

export const noDangers: Dangers = { pause: 0, kill: 0, timeout: 0 }

export function createProcess(random: Random, dangers: Dangers): Process {
  let state: Process['state'] = 'running'
  let waiting: (() => void)[] = []

  return {
    async step() {
      if (random.chance(dangers.kill)) state = 'dead'
      if (state === 'running' && random.chance(dangers.pause)) state = 'paused'
      while (state !== 'running') await new Promise<void>((resolve) => waiting.push(resolve))
    },
    resume() {
      if (state !== 'paused') return
      state = 'running'
      const resumed = waiting
      waiting = []
      for (const resolve of resumed) resolve()
    },
    kill() {
      state = 'dead'
      waiting = []
    },
    get state() {
      return state
    },
  }
}

/** The same port as one process sees it: it may stop before a call is made, and before its answer is seen. */
export function viaProcess<Port extends object>(port: Port, process: Process): Port {
  return new Proxy(port, {
    get(target, name) {
      const member: unknown = Reflect.get(target, name)
      if (typeof member !== 'function') return member
      const call = (...values: unknown[]): unknown => Reflect.apply(member, target, values)
      if (name === 'scanRows')
        return (...values: unknown[]) => scanVia(call(...values) as AsyncIterable<unknown>, process)
      return async (...values: unknown[]) => {
        await process.step()
        const answer = await call(...values)
        await process.step()
        return answer
      }
    },
  })
}

async function* scanVia(chunks: AsyncIterable<unknown>, process: Process): AsyncIterable<unknown> {
  for await (const chunk of chunks) {
    await process.step()
    yield chunk
  }
}
