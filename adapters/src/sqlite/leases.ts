import type { Statements } from './statements.ts'

export function holdLease(sql: Statements, lease: string, owner: string, ttlMs: number, now: number): boolean {
  const { changes } = sql(`INSERT INTO leases VALUES (?, ?, ?)
    ON CONFLICT DO UPDATE SET owner = excluded.owner, expires_at = excluded.expires_at
    WHERE owner = excluded.owner OR expires_at <= ?`).run(lease, owner, now + ttlMs, now)
  return changes === 1
}

export function releaseLease(sql: Statements, lease: string, owner: string): void {
  sql('DELETE FROM leases WHERE lease = ? AND owner = ?').run(lease, owner)
}

export function isLeaseHeld(sql: Statements, lease: string, owner: string, now: number): boolean {
  const held = sql('SELECT 1 FROM leases WHERE lease = ? AND owner = ? AND expires_at > ?').get(lease, owner, now)
  return held !== undefined
}
