import { tellStories } from './stories.ts'
import { startEmbedded } from './system.ts'

tellStories('the embedded set', () => startEmbedded())
