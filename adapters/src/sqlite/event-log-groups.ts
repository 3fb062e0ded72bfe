import type { LogConsumer, Subscription } from '@twofold/core/ports/event-log.ts'
import { type Assignment, assign } from './event-log-assignment.ts'
import { balance } from './event-log-balance.ts'
import type { LogReader, Tail } from './event-log-reader.ts'

interface Member {
  readonly topics: readonly string[]
  readonly consumer: LogConsumer
}

/** A partition in a group: who should read it, and who still does. */
interface Seat {
  readonly tail: Tail
  wanted: Member | undefined
  taken: { readonly member: Member; readonly assignment: Assignment } | undefined
}

/** The members of one consumer group. A partition changes hands only after its last member released it. */
export class ConsumerGroup {
  readonly #reader: LogReader
  readonly #members: Member[] = []
  readonly #seats = new Map<Tail, Seat>()

  constructor(reader: LogReader) {
    this.#reader = reader
  }

  join(topics: readonly string[], tails: readonly Tail[], consumer: LogConsumer): Subscription {
    const member = { topics, consumer }
    for (const tail of tails) if (!this.#seats.has(tail)) this.#seats.set(tail, newSeat(tail))
    this.#members.push(member)
    this.#rebalance()
    let closing: Promise<void> | undefined
    return {
      // Nobody resumes from it, and lag is shown from the positions that the consumers keep themselves.
      reportPosition: () => {},
      close: () => (closing ??= this.#leave(member)),
    }
  }

  async #leave(member: Member): Promise<void> {
    this.#members.splice(this.#members.indexOf(member), 1)
    const taken = [...this.#seats.values()].flatMap((seat) => (seat.taken?.member === member ? [seat.taken] : []))
    this.#rebalance()
    await Promise.all(taken.map(({ assignment }) => assignment.ended))
  }

  #rebalance(): void {
    const seats = [...this.#seats.values()]
    const reads = (member: Member, seat: Seat): boolean => member.topics.includes(seat.tail.topic)
    balance(seats, this.#members, reads)
    for (const seat of seats) this.#settle(seat)
  }

  #settle(seat: Seat): void {
    const { taken, wanted, tail } = seat
    if (taken && taken.member !== wanted) return taken.assignment.stop()
    if (taken || !wanted) return
    const assignment = assign(this.#reader, tail, wanted.consumer)
    seat.taken = { member: wanted, assignment }
    void assignment.ended.then(() => {
      seat.taken = undefined
      this.#settle(seat)
    })
  }
}

function newSeat(tail: Tail): Seat {
  return { tail, wanted: undefined, taken: undefined }
}
