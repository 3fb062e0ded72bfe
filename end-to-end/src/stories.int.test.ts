import { afterAll } from 'vitest'
import { startServers } from './servers.ts'
import { tellStories } from './stories.ts'
import { startDistributed } from './system.ts'

let stopServers: (() => Promise<void>) | undefined
afterAll(() => stopServers?.(), 60_000)

tellStories('the real servers, a process for each service', async () => {
  const servers = await startServers()
  stopServers = servers.stop
  return startDistributed(servers.urls)
})
