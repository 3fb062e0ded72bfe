// A process of its own for subscribers: see fork-subscribers.ts.
import type { FromSubscribers, ToSubscribers } from './subscriber-messages.ts'
import { createSubscribers, type Subscribers } from './subscribe.ts'

let subscribers: Subscribers | undefined
const tell = (message: FromSubscribers): void => void process.send!(message)

process.on('message', (message: ToSubscribers) => {
  if (message.kind === 'sent') subscribers!.noteSent(message.events)
  else if (message.kind === 'report') tell({ kind: 'report', report: subscribers!.report(message.period) })
  else {
    subscribers = createSubscribers(message.settings)
    void subscribers.open().then(() => tell({ kind: 'opened' }))
  }
})
// Also when the parent was killed: nobody is left to report to.
process.on('disconnect', () => process.exit(0))
// The first Ctrl-C is for the parent, which still wants to hear what was seen.
process.on('SIGINT', () => {})
