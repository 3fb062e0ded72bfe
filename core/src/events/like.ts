import { z } from 'zod'
import { eventType } from './event.ts'
import { id, timestamp } from './fields.ts'

/** Somebody liked a video. */
export const likes = eventType({
  topic: 'like',
  description: 'A video was liked.',
  routes: { single: '/videos/:video_id/likes', plural: '/likes', bodyOptional: true },
  schema: z.object({ video_id: id(), id: id().optional(), timestamp: timestamp().optional() }),
  idOf: (like) => like.id,
  withId: ({ video_id, ...rest }, made) => ({ video_id, id: made, ...rest }),
  occurredAtOf: (like) => (like.timestamp === undefined ? undefined : Date.parse(like.timestamp)),
  columns: [
    { name: 'video_id', kind: 'text', maxLength: 128 },
    { name: 'id', kind: 'text', maxLength: 128 },
    { name: 'timestamp', kind: 'text', maxLength: 24 },
  ],
})
