/** `npm run test:alerts`: checks the alert rules with Prometheus' own tool, and fires each of them once. */
import { join } from 'node:path'
import { findTool } from './k8s/find-tool.ts'
import { run } from './k8s/run-command.ts'

const promtool = await findTool('promtool')
process.chdir(join(import.meta.dirname, '../ops/prometheus'))
for (const args of [['check', 'config', 'prometheus.yaml'], ['test', 'rules', 'alerts.test.yaml']]) console.log(await run(promtool, args))
