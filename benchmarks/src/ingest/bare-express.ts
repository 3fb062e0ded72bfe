// The least that an HTTP service in express 5 can do with an event: parse its JSON and answer 202.
import type { AddressInfo } from 'node:net'
import express from 'express'

const app = express()
app.get('/healthz', (_req, res) => void res.json({}))
app.post(['/reaction', '/reactions'], express.json({ limit: '8mb' }), (_req, res) => {
  res.status(202).json({ id: 'bare' })
})
const server = app.listen(0, '127.0.0.1', () => {
  const { port } = server.address() as AddressInfo
  process.stdout.write(`{"url":"http://127.0.0.1:${port}"}\n`)
})
process.on('SIGTERM', () => process.exit(0))
