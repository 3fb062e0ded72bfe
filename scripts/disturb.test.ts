import { expect, test } from 'vitest'
import type { Cluster } from './k8s/cluster.ts'
import { deletePods } from './k8s/disturb.ts'

/** A cluster whose jobs all succeed, and whose pods are seen in these phases, one for each job. */
function clusterOf(phases: readonly string[]) {
  const deleted: string[] = []
  const jobs: string[] = []
  const cluster: Cluster = {
    kubectl: async (...args) => {
      if (args[0] === 'create') jobs.push(...args.slice(-1))
      if (args[0] === 'delete') deleted.push(...args.slice(2, 3))
      return ''
    },
    items: async (kind) =>
      kind === 'pods'
        ? [{ kind, metadata: { name: `pod-${jobs.length}` }, status: { phase: phases[jobs.length - 1] ?? 'Succeeded' } }]
        : jobs.map((name) => ({ kind, metadata: { name }, status: { succeeded: 1 } })),
    helm: async () => '',
    pods: async () => [],
    secret: async () => '',
    unready: async () => [],
    settled: async () => {},
  }
  return { cluster, deleted, jobs }
}

test('jobs are started until the pod of one is hit while it runs', async () => {
  const { cluster, deleted, jobs } = clusterOf(['Succeeded', 'Failed', 'Running', 'Running'])
  expect(await deletePods(cluster, [], 'batch-processor')).toEqual(['pod-3, whose job succeeded'])
  expect([deleted, jobs.length]).toEqual([['pod-3'], 3])
})

test('it is a fault if none could be hit, and if a service has no pod', async () => {
  const { cluster } = clusterOf([])
  await expect(deletePods(cluster, [], 'batch-processor')).rejects.toThrow('the pods of ten jobs of batch-processor ended')
  await expect(deletePods(cluster, ['ingest'], 'batch-processor')).rejects.toThrow('ingest has no running pod')
})
