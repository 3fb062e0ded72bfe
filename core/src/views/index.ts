import { emojiCount } from './emoji-count.ts'
import { likesByVideo } from './likes.ts'
import { longestName } from './longest-name.ts'
import { mood } from './mood.ts'
import { userCount } from './user-count.ts'
import type { View } from './view.ts'

/** The views of the system. */
export const views: readonly View[] = [userCount, longestName, emojiCount, mood, likesByVideo]
