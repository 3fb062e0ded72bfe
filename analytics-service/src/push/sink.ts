import type { Buffer } from 'node:buffer'
import type { HttpProblem } from '@twofold/runtime/problem.ts'

/** The connection of one reader. */
export interface Sink {
  /** What the reader's side has not taken yet. Nothing is written on top of it, so that it is one frame at most, and that one shared. */
  readonly heldBytes: number
  write(frame: Buffer): void
  /** Calls back when everything that was written is with the reader's side; never when the connection ends before. */
  whenTaken(callback: () => void): void
  /** Ends the stream before its first frame with a problem, later without a word. */
  refuse(problem: HttpProblem): void
  /** Ends the stream in order, or at once when something is held. */
  end(): void
  destroy(): void
}
