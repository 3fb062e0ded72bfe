import { expect } from 'vitest'
import type { Clause } from './row-store.contract-kit.ts'
import { newTable, newView, publish, refusal, runRow, sleep, uniqueName } from './row-store.contract-kit.ts'
import { allTimeFrom } from './row-store.ts'

/** Leases, and runs from their making to their sweep. */
export function runClauses(clause: Clause): void {
  leaseClauses(clause)
  publishClauses(clause)
  sweepClauses(clause)
}

function leaseClauses(clause: Clause): void {
  clause('a lease has one holder, who may prolong and release it', async ({ open }) => {
    const [one, two] = [await open(newTable()), await open(newTable())]
    const lease = uniqueName('lease')
    const asked = await Promise.all([one.holdLease(lease, 'a', 60_000), two.holdLease(lease, 'b', 60_000)])
    expect(asked.filter(Boolean)).toHaveLength(1)
    const [holder, other] = asked[0] ? (['a', 'b'] as const) : (['b', 'a'] as const)
    expect(await two.holdLease(lease, holder, 60_000)).toBe(true)
    await one.releaseLease(lease, other)
    expect(await one.holdLease(lease, other, 60_000)).toBe(false)
    await one.releaseLease(lease, holder)
    expect(await one.holdLease(lease, other, 60_000)).toBe(true)
    expect(await one.holdLease(uniqueName('lease'), holder, 60_000)).toBe(true)
  })

  clause('a lease ends by itself unless it is prolonged', async ({ open }) => {
    const store = await open(newTable())
    const lease = uniqueName('lease')
    expect(await store.holdLease(lease, 'a', 50)).toBe(true)
    expect(await store.holdLease(lease, 'a', 60_000)).toBe(true)
    await sleep(100)
    expect(await store.holdLease(lease, 'b', 60_000)).toBe(false)
    expect(await store.holdLease(lease, 'a', 50)).toBe(true)
    await sleep(100)
    expect(await store.holdLease(lease, 'b', 60_000)).toBe(true)
    expect(await store.holdLease(lease, 'a', 60_000)).toBe(false)
  })

  clause('publishing without the lease is refused, and the run stays invisible', async ({ open }) => {
    const store = await open(newTable())
    const [view, lease] = [newView(), uniqueName('lease')]
    const run = await store.createRun('a')
    const asked = { run, owner: 'a', lease, boundary: 1000, views: [view] }
    await expect(store.publishRun(asked)).rejects.toMatchObject(refusal('LEASE_LOST'))
    await store.holdLease(lease, 'a', 30)
    await sleep(80)
    await expect(store.publishRun(asked)).rejects.toMatchObject(refusal('LEASE_LOST'))
    await store.holdLease(lease, 'b', 60_000)
    await expect(store.publishRun(asked)).rejects.toMatchObject(refusal('LEASE_LOST'))
    expect(await store.readNewestRun(view)).toBeNull()
    await store.publishRun({ ...asked, owner: 'b' })
    expect(await store.readNewestRun(view)).toMatchObject({ run })
  })
}

function publishClauses(clause: Clause): void {
  clause('a run is invisible until it is published, then all of it is there', async ({ open }) => {
    const [store, reader] = [await open(newTable()), await open(newTable())]
    const [view, lease] = [newView(), uniqueName('lease')]
    await store.holdLease(lease, 'a', 60_000)
    const run = await store.createRun('a')
    const query = { ...view, run, totals: false, limit: 10 }
    await store.writeRunRows(run, view, [runRow('k', 0, 1000)])
    expect(await reader.readNewestRun(view)).toBeNull()
    expect(await reader.readRun(run)).toBeNull()
    await expect(reader.readRunRows(query)).rejects.toMatchObject(refusal('RUN_GONE'))
    await store.publishRun({ run, owner: 'a', lease, boundary: 60_000, views: [view] })
    const published = { run, boundary: 60_000, publishedAt: expect.any(Number), views: [view] }
    expect(await reader.readNewestRun(view)).toEqual(published)
    expect(await reader.readRun(run)).toEqual(published)
    expect(await reader.readRunRows(query)).toEqual([runRow('k', 0, 1000)])
    await expect(store.writeRunRows(run, view, [runRow('late', 0, 1000)])).rejects.toMatchObject(refusal('RUN_GONE'))
  })

  clause('a repeated publication changes nothing: the first answer may have been lost', async ({ open }) => {
    const store = await open(newTable())
    const [view, lease] = [newView(), uniqueName('lease')]
    await store.holdLease(lease, 'a', 60_000)
    const asked = { run: await store.createRun('a'), owner: 'a', lease, boundary: 1000, views: [view] }
    await store.publishRun(asked)
    const first = await store.readNewestRun(view)
    await store.publishRun(asked)
    expect(await store.readNewestRun(view)).toEqual(first)
    await expect(store.publishRun({ ...asked, boundary: 2000 })).rejects.toMatchObject(refusal('BOUNDARY_NOT_GROWN'))
  })

  clause('the boundary may shrink for no view and must grow for one', async ({ open }) => {
    const store = await open(newTable())
    const [old, other, fresh] = [newView('old'), newView('other'), newView('fresh')]
    await publish(store, { boundary: 1000, views: [old] })
    await publish(store, { boundary: 3000, views: [other] })
    const notGrown = refusal('BOUNDARY_NOT_GROWN')
    await expect(publish(store, { boundary: 999, views: [old] })).rejects.toMatchObject(notGrown)
    await expect(publish(store, { boundary: 1000, views: [old] })).rejects.toMatchObject(notGrown)
    await expect(publish(store, { boundary: 2000, views: [old, other] })).rejects.toMatchObject(notGrown)
    await expect(publish(store, { boundary: 999, views: [old, fresh] })).rejects.toMatchObject(notGrown)
    expect(await store.readNewestRun(old)).toMatchObject({ boundary: 1000 })
    await publish(store, { boundary: 1000, views: [old, fresh] })
    await publish(store, { boundary: 3000, views: [old, other] })
    expect(await store.readNewestRun(other)).toMatchObject({ boundary: 3000, views: [old, other] })
  })

  clause('of two runs that are published at once with one boundary one wins', async ({ open }) => {
    const stores = [await open(newTable()), await open(newTable())]
    const view = newView()
    for (let boundary = 1000; boundary < 11_000; boundary += 1000) {
      const results = await Promise.allSettled(stores.map((store) => publish(store, { boundary, views: [view] })))
      expect(results.map((result) => result.status).sort()).toEqual(['fulfilled', 'rejected'])
      const lost = results.find((result) => result.status === 'rejected')
      expect(lost?.reason).toMatchObject(refusal('BOUNDARY_NOT_GROWN'))
    }
  })

  clause('the newest run is the one published last, of a view or of any', async ({ open }) => {
    const store = await open(newTable())
    const [one, two] = [newView('one'), newView('two')]
    const leases = { lease: uniqueName('lease'), owner: 'a' }
    await store.holdLease(leases.lease, 'a', 60_000)
    const [early, late] = [await store.createRun('a'), await store.createRun('a')]
    await store.publishRun({ run: late, ...leases, boundary: 1000, views: [one, two] })
    await store.publishRun({ run: early, ...leases, boundary: 2000, views: [one] })
    expect(await store.readNewestRun(one)).toMatchObject({ run: early, boundary: 2000, views: [one] })
    expect(await store.readNewestRun(two)).toMatchObject({ run: late, boundary: 1000, views: [one, two] })
    expect(await store.readNewestRun({ ...one, version: '2' })).toBeNull()
    expect(await store.readNewestRun({ ...one, view: one.view.toUpperCase() })).toBeNull()
    const newest = await store.readNewestRun()
    expect(newest!.publishedAt).toBeGreaterThanOrEqual((await store.readRun(early))!.publishedAt)
    expect(await store.readRun(newest!.run)).toEqual(newest)
  })
}

function sweepClauses(clause: Clause): void {
  clause('a sweep keeps the newest published runs of every view', async ({ open }) => {
    const store = await open(newTable())
    const [busy, quiet, view] = [newView('busy'), newView('quiet'), { totals: false, limit: 10 }]
    const rows = [runRow('k', allTimeFrom, 0)]
    const runs: number[] = []
    for (let at = 0; at < 6; at++)
      runs.push(await publish(store, { boundary: 1000 + at, views: at === 1 ? [busy, quiet] : [busy], rows }))
    await store.sweepRuns(2, 60_000)
    expect(await store.readRun(runs[0]!), 'a reader may still page through it').not.toBeNull()
    expect(await store.sweepRuns(2, 0)).toBeGreaterThanOrEqual(3)
    const kept = await Promise.all(runs.map(async (run) => (await store.readRun(run)) !== null))
    expect(kept).toEqual([false, true, false, false, true, true])
    for (const [at, run] of runs.entries()) {
      const read = store.readRunRows({ ...busy, ...view, run })
      if (kept[at]) expect(await read).toEqual(rows)
      else await expect(read).rejects.toMatchObject(refusal('RUN_GONE'))
    }
    expect(await store.readNewestRun(quiet)).toMatchObject({ run: runs[1] })
    expect(await store.readRunRows({ ...quiet, ...view, run: runs[1]! })).toEqual(rows)
  })

  clause('the grace of a run begins when newer ones push it out of the last of its views', async ({ open }) => {
    const store = await open(newTable())
    const [one, two] = [newView('one'), newView('two')]
    const [oneRun, bothRun] = [
      await publish(store, { boundary: 1000, views: [one] }),
      await publish(store, { boundary: 2000, views: [one, two] }),
    ]
    await publish(store, { boundary: 3000, views: [one] })
    await sleep(3000)
    await publish(store, { boundary: 3000, views: [two] })
    await store.sweepRuns(1, 2500)
    expect(await store.readRun(oneRun), 'pushed out long ago').toBeNull()
    expect(await store.readRun(bothRun), 'published long ago, pushed out just now').not.toBeNull()
    await store.sweepRuns(1, 60_000)
    expect(await store.readRun(bothRun)).not.toBeNull()
    await store.sweepRuns(1, 0)
    expect(await store.readRun(bothRun)).toBeNull()
    for (const view of [one, two]) expect(await store.readNewestRun(view)).toMatchObject({ boundary: 3000 })
  })

  clause('a sweep removes what was never published only once its grace is over', async ({ open }) => {
    const store = await open(newTable())
    const [view, lease] = [newView(), uniqueName('lease')]
    await store.holdLease(lease, 'a', 60_000)
    const left = await store.createRun('a')
    const rows = Array.from({ length: 3000 }, (_, at) => runRow(`k${at}`, 0, 1000))
    await store.writeRunRows(left, view, rows)
    await store.sweepRuns(1_000_000, 60_000)
    await store.writeRunRows(left, view, [runRow('more', 0, 1000)])
    await sleep(1500)
    expect(await store.sweepRuns(1_000_000, 1000)).toBeGreaterThanOrEqual(1)
    const gone = refusal('RUN_GONE')
    await expect(store.writeRunRows(left, view, rows)).rejects.toMatchObject(gone)
    const late = store.publishRun({ run: left, owner: 'a', lease, boundary: 1000, views: [view] })
    await expect(late).rejects.toMatchObject(gone)
    expect(await store.readNewestRun(view)).toBeNull()
  })

  clause('a run that never was is gone', async ({ open }) => {
    const store = await open(newTable())
    const query = { ...newView(), run: 2 ** 50, totals: false, limit: 1 }
    expect(await store.readRun(query.run)).toBeNull()
    await expect(store.readRunRows(query)).rejects.toMatchObject(refusal('RUN_GONE'))
    await expect(store.writeRunRows(query.run, newView(), [])).rejects.toMatchObject(refusal('RUN_GONE'))
    await expect(store.sweepRuns(0, 0)).rejects.toMatchObject(refusal('INVALID_CONFIG'))
  })
}
