/** Something that one member at a time holds. */
export interface Holding<Member> {
  wanted: Member | undefined
}

/**
 * Shares the holdings so that the counts of two members differ by one at most, where what they may hold allows it, and
 * moves as few as possible: whoever takes a partition over must read a stretch of it again.
 */
export function balance<Member, Held extends Holding<Member>>(
  holdings: readonly Held[],
  members: readonly Member[],
  mayHold: (member: Member, holding: Held) => boolean,
): void {
  for (const holding of holdings) if (!members.includes(holding.wanted!)) holding.wanted = undefined
  const counts = new Map(members.map((member) => [member, holdings.filter(({ wanted }) => wanted === member).length]))
  const give = (holding: Held, member: Member | undefined): void => {
    if (holding.wanted) counts.set(holding.wanted, counts.get(holding.wanted)! - 1)
    if (member) counts.set(member, counts.get(member)! + 1)
    holding.wanted = member
  }
  const leastBusy = (holding: Held): Member | undefined =>
    members.filter((member) => mayHold(member, holding)).sort((a, b) => counts.get(a)! - counts.get(b)!)[0]

  for (const holding of holdings) if (!holding.wanted) give(holding, leastBusy(holding))
  for (let moved = true; moved; ) {
    moved = false
    for (const holding of holdings) {
      const other = leastBusy(holding)
      if (!other || counts.get(holding.wanted!)! - counts.get(other)! < 2) continue
      give(holding, other)
      moved = true
    }
  }
}
