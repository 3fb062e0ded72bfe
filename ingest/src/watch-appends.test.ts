import { expect, test } from 'vitest'
import { watchAppends } from './watch-appends.ts'

test('a process is not ready for a while after an append failed, until one succeeds', async () => {
  let [now, isFull] = [0, false]
  const append = async () => {
    if (isFull) throw new Error('the disk is full')
    return []
  }
  const watched = watchAppends({ append }, () => now)
  await watched.log.append('user', [])
  expect(watched.refuseFailing).not.toThrow()
  isFull = true
  await expect(watched.log.append('user', [])).rejects.toThrow('full')
  now += 9_999
  expect(watched.refuseFailing).toThrow('the disk is full')
  now += 1
  expect(watched.refuseFailing).not.toThrow()
  await expect(watched.log.append('user', [])).rejects.toThrow('full')
  isFull = false
  await watched.log.append('user', [])
  expect(watched.refuseFailing).not.toThrow()
})
