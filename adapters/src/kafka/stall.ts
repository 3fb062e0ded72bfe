import type { Consumer } from 'kafkajs'

const intervalMs = 60_000

/**
 * A consumer that neither fetches nor joins for a minute or two is a zombie: its process looks healthy and its lag
 * grows. (The slowest that it may do in good health is to wait for a rebalance.) Watches until `ended`.
 */
export function watchForStall(consumer: Consumer, ended: Promise<unknown>, stalled: (error: Error) => void): void {
  let active = true
  const notice = (): void => {
    active = true
  }
  const { FETCH_START, GROUP_JOIN, HEARTBEAT, DISCONNECT } = consumer.events
  consumer.on(FETCH_START, notice)
  consumer.on(GROUP_JOIN, notice)
  consumer.on(HEARTBEAT, notice)
  const timer = setInterval(() => {
    if (!active) stalled(new Error(`the consumer did nothing for ${intervalMs} ms`))
    active = false
  }, intervalMs).unref()
  consumer.on(DISCONNECT, () => clearInterval(timer))
  void ended.finally(() => clearInterval(timer))
}
