import { createRequire } from 'node:module'
import { expect, test } from 'vitest'
import { guardIdleTimers } from './idle-timer-guard.ts'

interface Queue {
  pending: unknown[]
  throttledUntil: number
  throttleCheckTimeoutId: unknown
  scheduleCheckPendingRequests(): void
  destroy(): void
}

const require = createRequire(import.meta.url)
const RequestQueue = require('kafkajs/src/network/requestQueue') as new (options: object) => Queue

test('an idle queue of requests arms no timer, one in which a request waits does', () => {
  guardIdleTimers()
  guardIdleTimers()
  const queue = new RequestQueue({})
  queue.scheduleCheckPendingRequests()
  expect(queue.throttleCheckTimeoutId).toBeNull()
  queue.pending.push({})
  queue.scheduleCheckPendingRequests()
  expect(queue.throttleCheckTimeoutId).not.toBeNull()
  queue.destroy()
})

test('the guard knows the kafkajs that is installed', () => {
  expect((require('kafkajs/package.json') as { version: string }).version).toBe('2.2.4')
})
