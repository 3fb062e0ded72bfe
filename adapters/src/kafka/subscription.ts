import { setTimeout as sleep } from 'node:timers/promises'
import type { LogConsumer, Subscription, TopicPartition } from '@twofold/core/ports/event-log.ts'
import type { Flow } from './lane.ts'
import { Lanes, nameOf } from './lanes.ts'
import type { KafkaLogger } from './logging.ts'
import { Member } from './member.ts'
import { backoffMs, patiently, waitAtMost } from './patience.ts'
import type { KafkaSettings } from './settings.ts'

export interface SubscriptionOptions {
  readonly settings: KafkaSettings
  readonly logger: KafkaLogger
  readonly group: string
  readonly topics: readonly string[]
  readonly consumer: LogConsumer
}

const startTimeoutMs = 10_000
const commitIntervalMs = 5_000
const lastCommitTimeoutMs = 2_000

/** Rejects with LOG_UNAVAILABLE if there is no log or no such topic within ten seconds; later it never gives up. */
export async function openSubscription(options: SubscriptionOptions): Promise<Subscription> {
  const subscription = new KafkaSubscription(options)
  await subscription.start()
  return subscription
}

class KafkaSubscription implements Subscription {
  readonly #options: SubscriptionOptions
  readonly #lanes: Lanes
  readonly #reported = new Map<string, TopicPartition & { readonly offset: number }>()
  readonly #ending = new AbortController()
  #member: Member | undefined
  #serving: Promise<void> = Promise.resolve()
  #closed: Promise<void> | undefined

  constructor(options: SubscriptionOptions) {
    this.#options = options
    const { consumer, logger } = options
    const flow: Flow = {
      pause: (partition) => this.#member?.pause(partition),
      resume: (partition) => this.#member?.resume(partition),
      seek: (partition, offset) => this.#member?.seek(partition, offset),
    }
    this.#lanes = new Lanes({ consumer, flow, logger }, (partition) => {
      this.#reported.delete(nameOf(partition))
      this.#member?.rejoin()
    })
  }

  async start(): Promise<void> {
    const { topics } = this.#options
    await patiently(`subscribe to ${topics.join(', ')}`, startTimeoutMs, () => this.#startMember())
    const timer = setInterval(() => void this.#commit(), commitIntervalMs).unref()
    this.#ending.signal.addEventListener('abort', () => clearInterval(timer))
    this.#serving = this.#serve()
  }

  reportPosition(partition: TopicPartition, nextOffset: number): void {
    this.#reported.set(nameOf(partition), { ...partition, offset: nextOffset })
  }

  close(): Promise<void> {
    this.#closed ??= this.#close()
    return this.#closed
  }

  async #close(): Promise<void> {
    this.#ending.abort()
    await this.#lanes.close()
    await waitAtMost(lastCommitTimeoutMs, this.#commit())
    await this.#member?.stop()
    await this.#serving
  }

  /** A consumer that failed once is not used again. */
  async #startMember(): Promise<void> {
    const member = new Member({ ...this.#options, lanes: this.#lanes })
    await member.start()
    this.#member = member
  }

  /** One consumer after the other: whatever ended the last one, silence is not an answer. */
  async #serve(): Promise<void> {
    const closing = new Promise<void>((resolve) => this.#ending.signal.addEventListener('abort', () => resolve()))
    const { logger, group } = this.#options
    while (!this.#ending.signal.aborted) {
      const error = await Promise.race([this.#member?.ended, closing])
      if (this.#ending.signal.aborted) return
      logger.warn('the consumer ended, another one takes its place', { group, error })
      await this.#member?.stop()
      await this.#replaceMember()
    }
  }

  async #replaceMember(): Promise<void> {
    const { logger, group } = this.#options
    for (let failures = 0; !this.#ending.signal.aborted; failures++) {
      await sleep(backoffMs(failures, 2_000), undefined, { signal: this.#ending.signal }).catch(() => {})
      try {
        return await this.#startMember()
      } catch (error) {
        logger.warn('the log is not available, will be tried again', { group, error })
      }
    }
  }

  /** For displays of lag only, so a failure doesn't matter. */
  async #commit(): Promise<void> {
    const positions = [...this.#reported.values()]
    this.#reported.clear()
    try {
      await this.#member?.commit(positions)
    } catch (error) {
      this.#options.logger.debug('positions were not committed', { group: this.#options.group, error })
    }
  }
}
