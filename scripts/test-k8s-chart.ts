// Checks the chart without a cluster: generated files, helm lint, the objects against Kubernetes' own schemas, the
// chart's unit tests, and that wrong values are refused. KUBECONFORM_SCHEMAS names the schemas where they are at hand.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { findTool } from './k8s/find-tool.ts'
import { generateChartFiles } from './k8s/generate-chart-files.ts'
import { finish, run } from './k8s/run-command.ts'

process.chdir(join(import.meta.dirname, '..'))
const [helm, kubeconform, unittest] = await Promise.all([findTool('helm'), findTool('kubeconform'), findTool('helm-unittest')])

/** Ways to install that have little in common. */
const ways: readonly (readonly string[])[] = [
  [],
  ['-f', 'helm/examples/external.yaml'],
  ['-f', 'helm/examples/strimzi-values.yaml', '-f', 'helm/examples/k8ssandra-values.yaml', '-f', 'helm/examples/mysql-operator-values.yaml'],
  ['--set', 'ingress.controller=traefik,serviceTls.existingSecret=inside,metrics.podMonitor.enabled=true,tracing.endpoint=http://otel:4318'],
  ['--set', 'apiKeys.allowAnonymous=true,stores.eventLog.url=kafka://k:9093,networkPolicy.enabled=false,servers.keepData=false'],
  ['--set', 'ingress.host=*.example.org,services.batch-processor.schedule=@hourly,defaults.preStopSeconds=0'],
  ['--set', 'defaults.autoscaling.enabled=true,services.ingest.enabled=false,topologySpread.enabled=false,serviceAccount.create=false'],
]

/** What must not be accepted, and what the refusal has to name. */
const faults: readonly (readonly [values: string, named: string])[] = [
  ['services.ingest.replica=2', 'replica'],
  ['config.SLICE_MS=soon', 'SLICE_MS'],
  ['services.ingest.config.PORT=80', 'PORT'],
  ['servers.enabled=false', 'url is empty'],
  ['stores.rowStore.url=mysql://m/t,stores.rowStore.tls.caSecret=ca', 'not enabled'],
  ['services.ingest.resources.limit.memory=1Gi', 'limit'],
  ['services.ingest.resources.limits.memory=lots', 'memory'],
  ['ingress.tls[0].secrtName=tls', 'secrtName'],
  ['networkPolicy.callers[0].namespaceSelektor.matchLabels.a=b', 'namespaceSelektor'],
  ['services.batch-processor.schedule=99 * * * *', 'schedule'],
  ['fullnameOverride=a.b', 'fullnameOverride'],
  ['defaults.preStopSeconds=60', 'terminationGracePeriodSeconds'],
  ['services.ingest.autoscaling.minReplicas=9', 'minReplicas is more than maxReplicas'],
]

let failures = 0
await check('generated files are up to date (npm run helm:generate)', async () => {
  const stale = (await generateChartFiles()).filter(({ path, text }) => readFileSync(path, 'utf8') !== text)
  if (stale.length > 0) throw new Error(stale.map(({ path }) => path).join(', '))
})
for (const way of ways) {
  await check(`helm lint --strict ${way.join(' ')}`, () => run(helm, ['lint', '--strict', 'helm', ...way]))
  await check(`Kubernetes' schemas ${way.join(' ')}`, async () => {
    const input = await run(helm, ['template', 'twofold', 'helm', ...way])
    const schemas = process.env['KUBECONFORM_SCHEMAS'] ?? 'default'
    return run(kubeconform, ['-strict', '-summary', '-skip', 'Middleware,ServersTransport,PodMonitor', '-schema-location', schemas], { input })
  })
}
await check('unit tests of the chart', () => run(unittest, ['-f', 'tests/*_test.yaml', 'helm']))
for (const [values, named] of faults) {
  await check(`${values} is refused`, async () => {
    const { code, stderr } = await finish(helm, ['template', 'twofold', 'helm', '--set', values])
    if (code === 0 || !stderr.includes(named)) throw new Error(stderr || 'it was accepted')
    return stderr
  }, new RegExp(named))
}
process.exitCode = failures === 0 ? 0 : 1

/** Runs a check and shows the line of its output that is worth it. */
async function check(label: string, action: () => Promise<string | void>, worth = /chart\(s\) failed|^Summary|^Tests:/): Promise<void> {
  try {
    const said = lineOf((await action()) ?? '', worth)
    console.log(`ok      ${label}${said === undefined ? '' : `: ${said.trim()}`}`)
  } catch (error) {
    failures++
    console.log(`FAILED  ${label}\n${error instanceof Error ? error.message : String(error)}`)
  }
}

function lineOf(text: string, worth: RegExp): string | undefined {
  return text.split('\n').find((line) => worth.test(line))
}
