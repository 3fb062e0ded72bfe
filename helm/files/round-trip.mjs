// Posts a like twice, with one id, and reads the view until it says 1: the way through ingest, the event log, the
// stream processor, the stores and the analytics service, and that a repeat is not counted.
import { randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'

const { INGEST_URL, ANALYTICS_URL, API_KEY } = process.env
const headers = { 'content-type': 'application/json', ...(API_KEY ? { authorization: `Bearer ${API_KEY}` } : {}) }
const [video, id] = [`helm-test-${randomUUID()}`, randomUUID()]
const deadline = Date.now() + 90_000

/** The body, once the answer has the status; until then it is asked again. */
async function ask(url, status, options = {}) {
  for (;;) {
    const problem = await fetch(url, { headers, signal: AbortSignal.timeout(10_000), ...options }).then(
      async (response) => {
        const text = await response.text()
        return response.status === status ? { body: JSON.parse(text) } : `${response.status} ${text.slice(0, 300)}`
      },
      (error) => `${error.message} ${error.cause?.code ?? ''}`,
    )
    if (typeof problem !== 'string') return problem.body
    if (Date.now() > deadline || /^4(?!29)/.test(problem)) throw new Error(`${url}: ${problem}`)
    await sleep(500)
  }
}

for (let time = 1; time <= 2; time++) {
  const body = JSON.stringify({ id })
  const answer = await ask(`${INGEST_URL}/videos/${video}/likes`, 202, { method: 'POST', body })
  console.log(`posted, time ${time}:`, answer)
}

for (;;) {
  const { rows, asOf } = await ask(`${ANALYTICS_URL}/views/likes?step=all&key=${video}`, 200)
  const count = rows[0]?.value
  if (count === 1) {
    console.log(`read back: ${video} has 1 like`, asOf)
    break
  }
  if (count > 1 || Date.now() > deadline) throw new Error(`expected 1 like, the view says ${count}`)
  await sleep(300)
}
