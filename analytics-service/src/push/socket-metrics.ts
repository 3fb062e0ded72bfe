import type { Metrics } from '@twofold/runtime/metrics.ts'
import type { Refusal } from './socket-server.ts'

/** Counts what happens on sockets. */
export interface SocketMetrics {
  open(clients: number): void
  reported(window: string, clients: number): void
  dropped(reason: 'slow' | 'flood'): void
  refused(reason: Refusal): void
}

export function createSocketMetrics(metrics: Metrics): SocketMetrics {
  const open = metrics.gauge({ name: 'socket_subscribers', help: 'Clients that are connected over socket.io.' })
  const reports = metrics.counter({
    name: 'socket_reports_total',
    help: 'Reports sent over socket.io, once for each client, by length of the window.',
    labels: ['window'],
  })
  const dropped = metrics.counter({
    name: 'socket_dropped_total',
    help: 'Clients on socket.io that were dropped: they did not read (slow), or sent too much (flood).',
    labels: ['reason'],
  })
  const refused = metrics.counter({
    name: 'socket_refused_total',
    help: 'Clients on socket.io that were not let in, by reason.',
    labels: ['reason'],
  })
  return {
    open: (clients) => open.set(clients),
    reported: (window, clients) => reports.inc({ window }, clients),
    dropped: (reason) => dropped.inc({ reason }),
    refused: (reason) => refused.inc({ reason }),
  }
}
