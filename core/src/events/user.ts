import { z } from 'zod'
import { eventType } from './event.ts'
import { id, text } from './fields.ts'

export interface User {
  readonly id: string
  readonly name: string
}

/** Somebody signed up. The first name of an id stays. */
export const users = eventType({
  topic: 'user',
  description: 'A user signed up. A second user with the same id changes nothing.',
  routes: { single: '/user', plural: '/users' },
  schema: z.object({ id: id(), name: text(200) }),
  idOf: (user) => user.id,
  columns: [
    { name: 'id', kind: 'text', maxLength: 128 },
    { name: 'name', kind: 'text', maxLength: 200 },
  ],
})
