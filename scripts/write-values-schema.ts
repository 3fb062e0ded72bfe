// Writes the files of the chart that follow from the source: values.schema.json and the list of write routes.
import { writeFileSync } from 'node:fs'
import { generateChartFiles } from './k8s/generate-chart-files.ts'

for (const { path, text } of await generateChartFiles()) {
  writeFileSync(new URL(`../${path}`, import.meta.url), text)
  console.log(path)
}
