// Kafka, Cassandra and MySQL for the integration tests, kept up until Ctrl-C: with the lines that this prints in the
// environment, `npm run test:int` uses them and starts none of its own.
import { environmentName, startServer, type ServerName } from '@twofold/end-to-end/containers.ts'

const names: ServerName[] = ['kafka', 'cassandra', 'mysql']

console.error('Starting Kafka, Cassandra and MySQL ...')
const outcomes = await Promise.allSettled(names.map(startServer))
const servers = outcomes.filter((outcome) => outcome.status === 'fulfilled').map((outcome) => outcome.value)

for (const [index, outcome] of outcomes.entries()) {
  const name = names[index]!
  if (outcome.status === 'rejected') console.error(`${name} did not start: ${outcome.reason}`)
  else {
    console.log(`export ${environmentName(name, 'URL')}='${outcome.value.url}'`)
    console.log(`export ${environmentName(name, 'CONTAINER')}=${outcome.value.container.id}`)
  }
}

if (servers.length === names.length) {
  console.error('Ctrl-C stops them and removes their data.')
  await new Promise((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, resolve)
    // Signals alone don't keep a process alive.
    setInterval(() => undefined, 1 << 30)
  })
}
await Promise.all(servers.map((server) => server.stop()))
process.exit(servers.length === names.length ? 0 : 1)
