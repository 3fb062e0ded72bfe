import { type User, users } from '../events/user.ts'
import { maxBy } from './folds.ts'
import { allTime } from './resolutions.ts'
import { onlyKey, view } from './view.ts'

export const longestName = view({
  name: 'longest-name',
  description: 'The user with the longest name in Unicode code points; of equals the first one.',
  version: 1,
  reads: users,
  keyOf: () => onlyKey,
  bucket: allTime,
  fold: maxBy(
    (user: User) => [...user.name].length,
    ({ id, name }) => ({ id, name }),
  ),
})
