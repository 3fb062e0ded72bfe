import { likes } from '../events/like.ts'
import { count } from './folds.ts'
import { tumbling } from './resolutions.ts'
import { view } from './view.ts'
import { tumblingWindow } from './windows.ts'

export const likesByVideo = view({
  name: 'likes',
  description: 'How many likes each video got, per minute. Five and ten minutes are sums of these.',
  version: 1,
  reads: likes,
  keyOf: (like) => like.video_id,
  bucket: tumbling({ seconds: 60 }),
  fold: count(),
  windows: [60, 300, 600].map((seconds) => tumblingWindow({ seconds })),
})
