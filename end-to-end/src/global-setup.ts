import { environmentName, startServer, type Server, type ServerName } from './containers.ts'

const names: ServerName[] = ['kafka', 'cassandra', 'mysql']

/**
 * Starts the servers that no environment variable names, once for all test files. Without Docker this rejects, and
 * with it the whole run: a suite that could not run must not look like one that passed.
 */
export default async function startSharedServers(): Promise<() => Promise<void>> {
  const missing = names.filter((name) => !process.env[environmentName(name, 'URL')])
  const outcomes = await Promise.allSettled(missing.map(async (name) => ({ name, server: await startServer(name) })))
  const started = outcomes.filter((outcome) => outcome.status === 'fulfilled').map((outcome) => outcome.value)
  const stop = async () => { await Promise.all(started.map(({ server }) => stopQuietly(server))) }
  const failed = outcomes.find((outcome) => outcome.status === 'rejected')
  if (failed) {
    await stop()
    throw new Error('the servers for the integration tests did not start', { cause: failed.reason })
  }
  for (const { name, server } of started) {
    process.env[environmentName(name, 'URL')] = server.url
    process.env[environmentName(name, 'CONTAINER')] = server.container.id
  }
  return stop
}

/** A test may have left its server paused, which can't be stopped. */
async function stopQuietly(server: Server): Promise<void> {
  await server.container.unpause().catch(() => undefined)
  await server.stop()
}
