import type { AnyEventType } from './event.ts'
import { likes } from './like.ts'
import { messageSignRequests } from './message-sign-request.ts'
import { reactions } from './reaction.ts'
import { users } from './user.ts'

/** The event types of the system. */
export const events: readonly AnyEventType[] = [users, reactions, likes, messageSignRequests]
