import { users } from '../events/user.ts'
import { count } from './folds.ts'
import { tumbling } from './resolutions.ts'
import { onlyKey, view } from './view.ts'

export const userCount = view({
  name: 'user-count',
  description: 'How many users signed up, per second.',
  version: 1,
  reads: users,
  keyOf: () => onlyKey,
  bucket: tumbling({ seconds: 1 }),
  fold: count(),
})
