import { readConfig } from '@twofold/runtime/config.ts'
import { trueOrFalse } from '@twofold/runtime/settings-kinds.ts'
import { z } from 'zod'

/** What `npm run test:k8s` needs to know of a cluster; all of it from the environment. */
export const usage = `Installs the chart on the cluster that kubectl points to, with servers of its own, and shows that it holds: helm test,
the CronJob, the ingress, pods deleted, an upgrade and scaling under load, and what is left after helm uninstall.

  K8S_LOAD='kind load docker-image {images}' npm run test:k8s

  INGRESS_URL          where the ingress controller answers (http://localhost)
  INGRESS_CONTROLLER   nginx or traefik (nginx)
  K8S_NAMESPACE        made for the test and removed after it (twofold-test)
  K8S_LOAD             makes images known to the nodes: a command with {images}, or with {tar} for a file of docker save;
                       unset: the nodes pull them, or have them
  K8S_VALUES           more arguments for helm, such as --set image.registry=registry.example.org
  K8S_KEEP             true: leave everything as it is at the end
  LOAD_RATE            requests a second while pods come and go (40)
  LOAD_SECONDS         how long, each time (60)
`

const text = (fallback: string) => z.string().default(fallback)
const number = (fallback: number) => z.coerce.number().positive().default(fallback)

const schema = z.object({
  INGRESS_URL: text('http://localhost').transform((url) => url.replace(/\/$/, '')),
  INGRESS_CONTROLLER: z.enum(['nginx', 'traefik']).default('nginx'),
  K8S_NAMESPACE: text('twofold-test'),
  K8S_LOAD: text(''),
  K8S_VALUES: text('').transform((args) => args.split(/\s+/).filter((arg) => arg !== '')),
  K8S_KEEP: trueOrFalse,
  LOAD_RATE: number(40),
  LOAD_SECONDS: number(60),
})

export type Settings = z.output<typeof schema>

export const readSettings = (env: NodeJS.ProcessEnv): Settings => readConfig(schema, env)

/** The name of the release, and so the beginning of every object's name. */
export const release = 'twofold'
