// Shows on a real cluster that the chart installs and that nothing is lost while pods come and go; see --help.
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { serverImages } from '@twofold/end-to-end/server-images.ts'
import root from '../package.json' with { type: 'json' }
import { type ApiClient, createApiClient } from './k8s/api-client.ts'
import { type Cluster, eventually, makeNamespace, openCluster } from './k8s/cluster.ts'
import { deletePods, scale } from './k8s/disturb.ts'
import { loadImages } from './k8s/load-images.ts'
import { noteStrangers, type Proof, proveUnderLoad } from './k8s/prove-under-load.ts'
import { run } from './k8s/run-command.ts'
import { readSettings, release, type Settings, usage } from './k8s/settings.ts'
import { createSteps } from './k8s/steps.ts'
import { services } from './services.ts'

const kafkaPort = 19_094
const job = 'batch-processor'
const servers = Object.keys(serverImages)
const deployments = services.map(({ name }) => name).filter((name) => name !== job)
const { step, summary } = createSteps((line) => console.log(line))

process.chdir(join(import.meta.dirname, '..'))
if (process.argv.includes('--help')) console.log(usage)
else process.exitCode = await main(readSettings(process.env))

async function main(settings: Settings): Promise<number> {
  const folder = await mkdtemp(join(tmpdir(), 'twofold-k8s-'))
  const cluster = await openCluster(settings)
  await step(`the namespace ${settings.K8S_NAMESPACE}, which admits restricted pods only`, () => makeNamespace(settings.K8S_NAMESPACE))
  try {
    await install(cluster, settings)
    const apiKey = await cluster.secret(`${release}-api-keys`, 'client-key')
    const api = createApiClient(settings.INGRESS_URL, apiKey)
    await tryOut(cluster, api)
    await disturb({ cluster, settings, apiKey, forwardPort: kafkaPort, ledger: join(folder, 'ledger.ndjson') })
    if (!settings.K8S_KEEP) await step('helm uninstall leaves what it says', () => uninstall(cluster))
    return 0
  } catch (error) {
    console.error(error)
    console.error(await describePods(cluster))
    return 1
  } finally {
    if (!settings.K8S_KEEP) await step('the namespace is removed', () => run('kubectl', ['delete', 'namespace', settings.K8S_NAMESPACE, '--timeout=120s']))
    await rm(folder, { recursive: true, force: true })
    console.log(`\n${summary()}`)
  }
}

async function install(cluster: Cluster, { K8S_LOAD, K8S_VALUES, INGRESS_CONTROLLER }: Settings): Promise<void> {
  const images = [...services.map(({ name }) => `twofold/${name}:${root.version}`), ...Object.values(serverImages)]
  if (K8S_LOAD !== '') await step('images are made known to the nodes', () => loadImages(K8S_LOAD, images))
  const values = ['--set', `ingress.controller=${INGRESS_CONTROLLER},servers.kafka.forwardPort=${kafkaPort}`, ...K8S_VALUES]
  await step('helm install --wait, with servers of its own', () => cluster.helm(['install', release, 'helm', '--wait', '--timeout', '10m', ...values]))
  await step('every pod is admitted under the restricted standard and ready', async () => {
    const unready = await cluster.unready([...deployments, ...servers])
    if (unready.length > 0) throw new Error(`not ready: ${unready.join(', ')}`)
    const pods = await cluster.items('pods', `app.kubernetes.io/instance=${release}`)
    return pods.map(({ metadata, status }) => `${metadata.name} ${String(status?.['phase'])}`).join('\n')
  })
  await step('helm test', () => cluster.helm(['test', release, '--timeout', '5m']))
}

async function tryOut(cluster: Cluster, api: ApiClient): Promise<void> {
  await step('through the ingress: no key is refused, a user is posted, the analytics are read', async () => {
    const user = { id: 'k8s-1', name: 'somebody' }
    const reach = (path: string, status: number, options?: Parameters<ApiClient['call']>[2]) =>
      eventually(`${path} with ${status}`, 60, () => api.call<Record<string, unknown>>(path, status, options))
    await reach('/ingress/user', 401, { body: user, key: '' })
    await reach('/service-analytics/analytics', 401, { key: '' })
    const posted = await reach('/ingress/user', 202, { body: user })
    await reach('/user', 202, { body: user })
    const read = await eventually('the user in /analytics', 60, async () => {
      const answer = await api.call<{ userCount: { userCount: number }[] }>('/service-analytics/analytics', 200)
      return answer.userCount.at(-1)?.userCount === 1 ? answer : undefined
    })
    await reach('/processor-analytics/user/count', 200)
    return `posted ${JSON.stringify(posted)}\nread ${JSON.stringify(read)}`
  })
  await step('the CronJob fires by itself, and its run shows in /views/user-count', async () => {
    const name = await eventually('a job of the CronJob that ended well', 200, async () => {
      const jobs = await cluster.items('jobs')
      const ended = jobs.find(({ metadata, status }) => metadata.ownerReferences?.[0]?.name === `${release}-${job}` && status?.['succeeded'] === 1)
      return ended?.metadata.name
    })
    const asOf = await eventually('a run in the answer', 200, async () => {
      const answer = await api.call<{ asOf: { run: unknown } }>('/service-analytics/views/user-count', 200)
      return answer.asOf.run === null ? undefined : answer.asOf
    })
    return `${name}: ${JSON.stringify(asOf)}`
  })
}

async function disturb(proof: Proof): Promise<void> {
  const { cluster } = proof
  const group = { port: proof.forwardPort }
  await step('what is stored by now is noted', async () => `${await noteStrangers(proof)} events`)
  await step('a pod of each service is deleted under load: 0 differences', async () => {
    const deleted: string[] = []
    return [await proveUnderLoad(proof, async () => void deleted.push(...(await deletePods(cluster, deployments, job)))), ...deleted].join('\n')
  })
  await step('helm upgrade under load: 0 differences', () =>
    proveUnderLoad(proof, async () => {
      await cluster.helm(['upgrade', release, 'helm', '--wait', '--timeout', '5m', '--reuse-values', '--set', 'config.FLUSH_MS=150,config.LOG_LEVEL=warn'])
    }))
  await step('three stream processors and two analytics services, and back, under load: 0 differences', async () => {
    const said: string[] = []
    const act = async (): Promise<void> => {
      said.push(...(await Promise.all([scale(cluster, 'stream-processor', 3, group), scale(cluster, 'analytics-service', 2)])))
      said.push(...(await Promise.all([scale(cluster, 'stream-processor', 1, group), scale(cluster, 'analytics-service', 1)])))
    }
    return [await proveUnderLoad(proof, act), ...said].join('\n')
  })
}

/** Rejects when something else is left than the volumes and the password that opens one of them. */
async function uninstall(cluster: Cluster): Promise<string> {
  await cluster.helm(['uninstall', release, '--wait', '--timeout', '3m'])
  const kinds = 'deployments,statefulsets,cronjobs,jobs,services,configmaps,secrets,ingresses,networkpolicies,poddisruptionbudgets,persistentvolumeclaims,serviceaccounts,pods'
  const expected = [`Secret/${release}-mysql`, ...servers.map((name) => `PersistentVolumeClaim/volume-${release}-${name}-0`)]
  const isClusters = /^(ConfigMap\/kube-root-ca\.crt|ServiceAccount\/default)$/
  const left = await eventually(`nothing but ${expected.join(', ')}`, 60, async () => {
    const found = (await cluster.items(kinds)).map(({ kind, metadata }) => `${kind}/${metadata.name}`).filter((name) => !isClusters.test(name))
    const others = found.filter((name) => !expected.includes(name))
    if (others.length > 0) throw new Error(`left behind: ${others.join(', ')}`)
    return found
  })
  return left.join('\n')
}

async function describePods(cluster: Cluster): Promise<string> {
  const said = [cluster.kubectl('get', 'pods', '-o', 'wide'), cluster.kubectl('get', 'events', '--sort-by=.lastTimestamp')]
  const logs = deployments.map((name) => cluster.kubectl('logs', `deployment/${release}-${name}`, '--tail=20'))
  const texts = await Promise.allSettled([...said, ...logs])
  return texts.map((text) => (text.status === 'fulfilled' ? text.value.slice(-4000) : String(text.reason))).join('\n')
}
