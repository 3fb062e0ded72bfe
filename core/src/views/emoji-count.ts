import { reactions } from '../events/reaction.ts'
import { count } from './folds.ts'
import { tumbling } from './resolutions.ts'
import { view } from './view.ts'

export const emojiCount = view({
  name: 'emoji-count',
  description: 'How often each emoji was tapped, per two seconds.',
  version: 1,
  reads: reactions,
  keyOf: (reaction) => reaction.emoji,
  bucket: tumbling({ seconds: 2 }),
  fold: count(),
})
