import { setTimeout as sleep } from 'node:timers/promises'
import { findTool } from './find-tool.ts'
import { type CommandOptions, finish, run } from './run-command.ts'
import { release, type Settings } from './settings.ts'

interface Item {
  readonly kind: string
  readonly metadata: { readonly name: string; readonly labels?: Readonly<Record<string, string>>; readonly ownerReferences?: readonly { readonly name: string }[] }
  readonly data?: Readonly<Record<string, string>>
  readonly status?: Readonly<Record<string, unknown>>
}

const isReady = ({ status }: Item): boolean =>
  ((status?.['conditions'] ?? []) as readonly { readonly type: string; readonly status: string }[]).some(({ type, status: is }) => type === 'Ready' && is === 'True')

/** One namespace of the cluster that kubectl points to. */
export interface Cluster {
  kubectl(...args: string[]): Promise<string>
  helm(args: readonly string[], options?: CommandOptions): Promise<string>
  items(kinds: string, selector?: string): Promise<Item[]>
  /** Names of the running pods of a service. */
  pods(service: string): Promise<string[]>
  secret(name: string, entry: string): Promise<string>
  /** Pods of the release that stay and are not ready. Rejects when one of these components has no pod at all. */
  unready(components: readonly string[]): Promise<string[]>
  /** Until every pod of the Deployment is the wanted one and ready. */
  settled(service: string): Promise<void>
}

export async function openCluster({ K8S_NAMESPACE: namespace }: Settings): Promise<Cluster> {
  const helmPath = await findTool('helm')
  const kubectl = (...args: string[]): Promise<string> => run('kubectl', ['--namespace', namespace, ...args])
  const items: Cluster['items'] = async (kinds, selector) => {
    const list = await kubectl('get', kinds, '-o', 'json', ...(selector ? ['-l', selector] : []))
    return (JSON.parse(list) as { items: Item[] }).items
  }
  return {
    kubectl,
    items,
    helm: (args, options) => run(helmPath, ['--namespace', namespace, ...args], options),
    pods: async (service) => {
      const pods = await items('pods', `app.kubernetes.io/component=${service}`)
      return pods.filter(({ status }) => status?.['phase'] === 'Running').map(({ metadata }) => metadata.name)
    },
    secret: async (name, entry) => {
      const { data = {} } = JSON.parse(await kubectl('get', 'secret', name, '-o', 'json')) as Item
      return Buffer.from(data[entry] ?? '', 'base64').toString()
    },
    unready: async (components) => {
      const pods = await items('pods', `app.kubernetes.io/instance=${release},app.kubernetes.io/component in (${components.join(',')})`)
      const missing = components.filter((name) => !pods.some(({ metadata }) => metadata.labels?.['app.kubernetes.io/component'] === name))
      if (missing.length > 0) throw new Error(`no pod of ${missing.join(', ')}`)
      return pods.filter((pod) => !isReady(pod)).map(({ metadata }) => metadata.name)
    },
    settled: async (service) => void (await kubectl('rollout', 'status', `deployment/${release}-${service}`, '--timeout=180s')),
  }
}

/** Asks again, after a pause in ms, until there is an answer. Rejects when there is none in time. */
export async function eventually<Answer>(what: string, seconds: number, ask: () => Promise<Answer | undefined>, pauseMs = 1000): Promise<Answer> {
  let fault: unknown
  for (const deadline = Date.now() + seconds * 1000; Date.now() < deadline; await sleep(pauseMs)) {
    const answer = await ask().catch((error: unknown) => void (fault = error))
    if (answer !== undefined) return answer
  }
  throw new Error(`${what}: not within ${seconds} s`, { cause: fault })
}

/** A namespace that admits restricted pods only. Rejects when it is there already: what is in it is somebody's. */
export async function makeNamespace(name: string): Promise<void> {
  const { code } = await finish('kubectl', ['get', 'namespace', name])
  if (code === 0) throw new Error(`the namespace ${name} is there already: remove it, or name another one in K8S_NAMESPACE`)
  const labels = Object.fromEntries(['enforce', 'warn', 'audit'].map((mode) => [`pod-security.kubernetes.io/${mode}`, 'restricted']))
  const input = JSON.stringify({ apiVersion: 'v1', kind: 'Namespace', metadata: { name, labels } })
  await run('kubectl', ['create', '-f', '-'], { input })
}
