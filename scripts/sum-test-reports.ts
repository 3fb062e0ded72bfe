// The last line of the pipeline. Each argument is a step: 'label=exit code' or 'label=exit code=vitest JSON report'.
//   node scripts/sum-test-reports.ts 'npm test=0=unit.json' 'npm run check=0' 'npm run test:int=0=int.json'
import { existsSync, readFileSync } from 'node:fs'

interface TestReport {
  numPassedTests: number
  numFailedTests: number
  testResults: { name: string, status: string, assertionResults: { title: string, status: string }[] }[]
}

export interface Step {
  label: string
  exitCode: number
  /** Undefined for a step that is not a test run, null for a test run that left no report. */
  report?: TestReport | null
}

export interface Sum {
  passed: number
  failed: number
  problems: string[]
}

/** What a green exit code may hide: a skipped test without a declared reason, a suite in which nothing ran. */
export function sumSteps(steps: Step[]): Sum {
  const sum: Sum = { passed: 0, failed: 0, problems: [] }
  for (const { label, exitCode, report } of steps) {
    const failedTests = report?.numFailedTests ?? 0
    const problems = report === null ? ['left no test report'] : findSilence(report)
    if (exitCode !== 0 && failedTests === 0) problems.push(`ended with exit code ${exitCode}`)
    sum.passed += report?.numPassedTests ?? 0
    sum.failed += failedTests + problems.length
    sum.problems.push(...problems.map((problem) => `${label}: ${problem}`))
  }
  return sum
}

function findSilence(report: TestReport | undefined): string[] {
  if (!report) return []
  if (report.testResults.length === 0) return ['ran no suite']
  return report.testResults.flatMap(({ name, assertionResults }) => {
    const ran = assertionResults.some(({ status }) => status === 'passed' || status === 'failed')
    if (!ran) return [`nothing ran in ${name}`]
    return assertionResults.filter(isSilent).map(({ title }) => `skipped in ${name}: ${title}`)
  })
}

/** Differences between adapters are declared: such a test is skipped with its reason in the title. */
const isSilent = ({ title, status }: { title: string, status: string }) =>
  status !== 'passed' && status !== 'failed' && !title.includes(' — declared: ')

function parseStep(argument: string): Step {
  const [label = '', exitCode, file] = argument.split('=')
  const step: Step = { label, exitCode: Number(exitCode) }
  if (file) step.report = existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as TestReport) : null
  return step
}

if (import.meta.main) {
  const { passed, failed, problems } = sumSteps(process.argv.slice(2).map(parseStep))
  for (const problem of problems) console.error(problem)
  console.log(`${passed} passed, ${failed} failed`)
  process.exitCode = failed > 0 || passed === 0 ? 1 : 0
}
