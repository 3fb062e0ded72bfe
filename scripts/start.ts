import { events } from '@twofold/core/events/index.ts'
import { views } from '@twofold/core/views/index.ts'
import { runEmbedded } from './embedded.ts'

await runEmbedded({
  events,
  views,
  env: { LOG_LEVEL: 'warn', ...process.env },
  onListening(url) {
    const post = `curl -H 'Content-Type: application/json' -d '{"id":"1","name":"user1"}' ${url}/user`
    process.stdout.write(`Twofold is at ${url}/docs. Post a user: ${post} && curl ${url}/analytics\n`)
  },
})
