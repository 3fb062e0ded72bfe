import { type User, users } from '../events/user.ts'
import { maxBy } from './folds.ts'
import { allTime } from './resolutions.ts'
import { onlyKey, view } from './view.ts'

function countCodePoints(text: string): number {
  let count = 0
  for (const _ of text) count++
  return count
}

export const longestName = view({
  name: 'longest-name',
  description: 'The user with the longest name in Unicode code points; of equals the first one.',
  version: 1,
  reads: users,
  keyOf: () => onlyKey,
  bucket: allTime,
  fold: maxBy(
    (user: User) => countCodePoints(user.name),
    ({ id, name }) => ({ id, name }),
  ),
})
