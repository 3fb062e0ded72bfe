import { setTimeout as sleep } from 'node:timers/promises'
import { type Cluster, eventually } from './cluster.ts'
import { release } from './settings.ts'

/** Deletes one pod of each Deployment in turn, each when the one before it is replaced, and one of the running job. */
export async function deletePods(cluster: Cluster, services: readonly string[], job: string): Promise<string[]> {
  const deleted: string[] = []
  for (const service of services) {
    const [pod] = await cluster.pods(service)
    if (pod === undefined) throw new Error(`${service} has no running pod`)
    await cluster.kubectl('delete', 'pod', pod, '--wait=false')
    deleted.push(pod)
    await sleep(1000)
    await cluster.settled(service)
  }
  return [...deleted, await deleteJobPod(cluster, job)]
}

/** A job's pod lives for seconds: jobs are started by hand until one's pod is deleted while it runs. That job has to succeed. */
async function deleteJobPod(cluster: Cluster, job: string): Promise<string> {
  for (let attempt = 1; attempt <= 10; attempt++) {
    const name = `deleted-on-purpose-${attempt}`
    await cluster.kubectl('create', 'job', `--from=cronjob/${release}-${job}`, name)
    const pod = await deleteWhileRunning(cluster, name)
    await eventually(`${name} succeeds`, 180, async () => {
      const jobs = await cluster.items('jobs')
      return jobs.find(({ metadata, status }) => metadata.name === name && status?.['succeeded'] === 1)
    })
    if (pod !== null) return `${pod}, whose job succeeded`
  }
  throw new Error(`the pods of ten jobs of ${job} ended before they could be deleted`)
}

/** The name of the job's pod, or null if it ended by itself. */
async function deleteWhileRunning(cluster: Cluster, job: string): Promise<string | null> {
  return eventually(`the pod of ${job}`, 60, async () => {
    const [pod] = await cluster.items('pods', `job-name=${job}`)
    const phase = pod?.status?.['phase']
    if (pod === undefined || phase === 'Pending') return undefined
    if (phase !== 'Running') return null
    await cluster.kubectl('delete', 'pod', pod.metadata.name, '--now', '--wait=false')
    return pod.metadata.name
  }, 100)
}

/** How many partitions each member of a consumer group has, as Kafka itself says. */
async function readShares(cluster: Cluster, group: string, port: number): Promise<number[]> {
  const command = ['/opt/kafka/bin/kafka-consumer-groups.sh', '--bootstrap-server', `127.0.0.1:${port}`, '--describe', '--group', group, '--members']
  const text = await cluster.kubectl('exec', `statefulset/${release}-kafka`, '-c', 'kafka', '--', 'env', 'KAFKA_HEAP_OPTS=-Xmx96m', ...command)
  const lines = text.split('\n').filter((line) => line.startsWith(`${group} `))
  return lines.map((line) => Number(line.trim().split(/\s+/).at(4))).sort((one, other) => other - one)
}

/** Scales a service and waits until Kafka says that its partitions are shared by so many, each with some. */
export async function scale(cluster: Cluster, service: string, replicas: number, group?: { readonly port: number }): Promise<string> {
  await cluster.kubectl('scale', `deployment/${release}-${service}`, `--replicas=${replicas}`)
  await cluster.settled(service)
  if (!group) return `${service}: ${replicas}`
  const shares = await eventually(`${service} shared by ${replicas}`, 90, async () => {
    const found = await readShares(cluster, service, group.port)
    return found.length === replicas && found.every((share) => share > 0) ? found : undefined
  })
  return `${service}: ${replicas}, with ${shares.join(', ')} partitions`
}
