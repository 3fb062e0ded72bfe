import type { LiveChanges, LiveCorrection, LiveRow } from '../live/live-feed.ts'
import type { Asked, Group } from './group.ts'

/** The groups of a channel, found by the keys that they watch. */
export interface GroupIndex {
  /** The group of those who watch the same, made when there is none. */
  open(asked: Asked): Group
  remove(group: Group): void
  readonly all: Iterable<Group>
  readonly isEmpty: boolean
  /** Who is to be told what. Its cost grows with the changed rows and the groups that watch them, not with all groups. */
  share(changes: LiveChanges): Iterable<readonly [Group, LiveChanges]>
}

interface Share {
  readonly rows: LiveRow[]
  readonly corrections: LiveCorrection[]
}

export function createGroupIndex(create: (asked: Asked) => Group): GroupIndex {
  const groups = new Map<string, Group>()
  const whole = new Set<Group>()
  const byKey = new Map<string, Set<Group>>()

  const enlist = (group: Group): void => {
    if (!group.keys) whole.add(group)
    for (const key of group.keys ?? []) {
      const watching = byKey.get(key)
      if (watching) watching.add(group)
      else byKey.set(key, new Set([group]))
    }
  }
  return {
    open(asked) {
      const name = nameGroup(asked)
      const known = groups.get(name)
      if (known) return known
      const made = create(asked)
      groups.set(name, made)
      enlist(made)
      return made
    },
    remove(group) {
      if (groups.get(nameGroup(group)) === group) groups.delete(nameGroup(group))
      whole.delete(group)
      for (const key of group.keys ?? []) {
        const watching = byKey.get(key)
        watching?.delete(group)
        if (watching?.size === 0) byKey.delete(key)
      }
    },
    all: { [Symbol.iterator]: () => groups.values() },
    get isEmpty() {
      return groups.size === 0
    },
    share(changes) {
      const shares = new Map<Group, Share>()
      const sharesOf = (key: string): Share[] => [...(byKey.get(key) ?? [])].map((group) => openShare(shares, group))
      for (const row of changes.rows) for (const { rows } of sharesOf(row.key)) rows.push(row)
      for (const each of changes.corrections) for (const { corrections } of sharesOf(each.key)) corrections.push(each)
      return [...[...whole].map((group) => [group, changes] as const), ...shares]
    },
  }
}

function openShare(shares: Map<Group, Share>, group: Group): Share {
  const known = shares.get(group)
  if (known) return known
  const made: Share = { rows: [], corrections: [] }
  shares.set(group, made)
  return made
}

function nameGroup({ form, keys }: Asked): string {
  return JSON.stringify([form.name, keys ? [...keys].sort() : null])
}
