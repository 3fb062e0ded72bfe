import { z } from 'zod'
import { eventType } from './event.ts'
import { id, text } from './fields.ts'

/** Somebody asked for a message to be signed. */
export const messageSignRequests = eventType({
  topic: 'message-sign-request',
  description: 'A message is to be signed.',
  routes: { single: '/sign', plural: '/signs' },
  schema: z.object({ message_id: id().optional(), message: text(10_000) }),
  idOf: (request) => request.message_id,
  withId: (request, message_id) => ({ message_id, ...request }),
  columns: [
    { name: 'message_id', kind: 'text', maxLength: 128 },
    { name: 'message', kind: 'text', maxLength: 10_000 },
  ],
})
