import type { MysqlPool, Session } from './pool.ts'

/** Database time in milliseconds since the epoch, whatever the session's time zone. */
export const nowMs = "(TIMESTAMPDIFF(MICROSECOND, '1970-01-01', UTC_TIMESTAMP(3)) DIV 1000)"

export function holdLease(pool: MysqlPool, lease: string, owner: string, ttlMs: number): Promise<boolean> {
  return pool.run(async (session) => {
    await session.write("INSERT INTO leases VALUES (?, '', 0) ON DUPLICATE KEY UPDATE lease = lease", [lease])
    // One statement decides, under the row's lock.
    const take = `UPDATE leases SET owner = ?, expires_at = ${nowMs} + ?
      WHERE lease = ? AND (owner = ? OR expires_at <= ${nowMs})`
    return (await session.write(take, [owner, ttlMs, lease, owner])) === 1
  })
}

export async function releaseLease(pool: MysqlPool, lease: string, owner: string): Promise<void> {
  const release = "UPDATE leases SET owner = '', expires_at = 0 WHERE lease = ? AND owner = ?"
  await pool.run((session) => session.write(release, [lease, owner]))
}

/** Locks the lease for the rest of the transaction: nobody can take it before the commit. */
export async function isLeaseHeld(session: Session, lease: string, owner: string): Promise<boolean> {
  const select = `SELECT owner, expires_at > ${nowMs} FROM leases WHERE lease = ? FOR UPDATE`
  const [held] = await session.rows<[string, number]>(select, [lease])
  return held?.[0] === owner && held[1] === 1
}
