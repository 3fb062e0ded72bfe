import { setTimeout as sleep } from 'node:timers/promises'
import { afterEach, describe, expect, it } from 'vitest'
import { naiveViews } from './naive-counts.ts'
import { startViews, type StubAnswer, type StubApi } from './stub-api.ts'
import { watchAnswers } from './watch-answers.ts'

const likes = naiveViews.filter(({ view }) => view === 'likes')
const timestamp = '2026-01-01T12:00:30.000Z'
const bucket = { from: '2026-01-01T12:00:00.000Z', until: '2026-01-01T12:01:00.000Z' }

function answerOf(inBucket: number, total: number): StubAnswer {
  return { finest: [{ key: 'v', ...bucket, value: inBucket }], all: [{ key: 'v', value: total }] }
}

describe('watching answers', () => {
  let api: StubApi
  afterEach(() => api.close())

  /** Two likes of one video are sent; the view shows one answer after the other. */
  async function watch(...answers: readonly StubAnswer[]) {
    let current = answers[0]!
    let requests = 0
    api = await startViews(() => {
      requests++
      return { likes: current }
    })
    const watched = watchAnswers({ apiUrl: api.url, naiveViews: likes, pollMs: 5 })
    for (const id of ['1', '2']) watched.noteSent({ topic: 'like', id, payload: { id, video_id: 'v', timestamp } })
    for (const answer of answers) {
      current = answer
      // Both steps of a round, and one that had begun before.
      for (const enough = requests + 6; requests < enough;) await sleep(5)
    }
    return watched.stop()
  }

  it('accepts answers that lag, or hold all that was sent', async () => {
    const { answers, violations } = await watch(answerOf(1, 1), answerOf(2, 2))
    expect(violations).toEqual([])
    expect(answers).toBeGreaterThan(4)
  })

  it('records a total that is larger than what was sent', async () => {
    const { violations } = await watch(answerOf(2, 3))
    expect(violations[0]).toMatchObject({
      kind: 'more than sent',
      difference: { step: 'all', key: 'v', atMost: 2, answered: 3 },
    })
  })

  it('records a bucket that is larger than what was sent, whatever the total', async () => {
    const { violations } = await watch(answerOf(3, 2))
    expect(violations[0]).toMatchObject({
      kind: 'more than sent',
      difference: { step: 'finest', atMost: 2, answered: 3 },
    })
  })

  it('records a total that shrinks, unless the answer says that it is incomplete', async () => {
    const shrunk = await watch(answerOf(2, 2), answerOf(1, 1))
    expect(shrunk.violations[0]).toMatchObject({ kind: 'fewer than before', difference: { expected: 2, answered: 1 } })
    await api.close()
    const incomplete = await watch(answerOf(2, 2), { ...answerOf(1, 1), complete: false })
    expect(incomplete).toMatchObject({ violations: [] })
    expect(incomplete.incomplete).toBeGreaterThan(0)
  })

  it('goes on when the API is away', async () => {
    api = await startViews(() => ({}))
    const watched = watchAnswers({ apiUrl: api.url, naiveViews: likes, pollMs: 5 })
    await sleep(50)
    expect(await watched.stop()).toMatchObject({ answers: 0, violations: [] })
  })
})
