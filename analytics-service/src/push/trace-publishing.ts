import type { View } from '@twofold/core/views/view.ts'
import type { Logger } from '@twofold/runtime/logger.ts'
import type { Tracing } from '@twofold/runtime/tracing.ts'
import type { Published } from './ticker.ts'

interface PublishTracing {
  readonly tracing: Tracing
  readonly logger: Pick<Logger, 'info'>
}

/** So many traces of one tick are told of; who sends a trace with every event finds its others in the rows. */
const tracedPerTick = 20

/** Ends the way of traced events: what they changed went out to those who listen. */
export function tracePublishing({ tracing, logger }: PublishTracing): (view: View, published: Published) => void {
  return ({ name: view }, { window, changes }) => {
    if (!changes) return
    for (const traceparent of tracesIn(changes)) {
      const step = tracing.follow(traceparent, { name: `push ${view}`, kind: 'producer', attributes: { 'twofold.window': window } })
      step?.run(() => logger.info('change pushed', { view, window }))
      step?.end()
    }
  }
}

function tracesIn({ rows, corrections }: NonNullable<Published['changes']>): Iterable<string> {
  const traces = new Set<string>()
  for (const list of [rows, corrections]) {
    for (const { traceparent } of list) {
      if (traceparent === undefined) continue
      traces.add(traceparent)
      if (traces.size >= tracedPerTick) return traces
    }
  }
  return traces
}
