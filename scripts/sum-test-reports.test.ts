import { describe, expect, test } from 'vitest'
import { sumSteps, type Step } from './sum-test-reports.ts'

const report = (...tests: [title: string, status: string][]): NonNullable<Step['report']> => ({
  numPassedTests: tests.filter(([, status]) => status === 'passed').length,
  numFailedTests: tests.filter(([, status]) => status === 'failed').length,
  testResults: [{
    name: 'a.int.test.ts',
    status: 'passed',
    assertionResults: tests.map(([title, status]) => ({ title, status })),
  }],
})

describe('the sum of the pipeline', () => {
  test('adds up what the test runs report', () => {
    const steps = [
      { label: 'npm test', exitCode: 0, report: report(['a', 'passed'], ['b', 'passed']) },
      { label: 'check', exitCode: 0 },
      { label: 'int', exitCode: 1, report: report(['a', 'passed'], ['b', 'failed']) },
    ]
    expect(sumSteps(steps)).toEqual({ passed: 3, failed: 1, problems: [] })
  })

  test('lets a declared difference be skipped', () => {
    const skipped = report(['a', 'passed'], ['b — declared: SQLite has one process', 'skipped'])
    expect(sumSteps([{ label: 'int', exitCode: 0, report: skipped }]).failed).toBe(0)
  })

  test.each<[string, Partial<Step>, string]>([
    ['a skipped test', { report: report(['a', 'passed'], ['b', 'skipped']) }, 'skipped in a.int.test.ts: b'],
    ['a test to do', { report: report(['a', 'passed'], ['b', 'todo']) }, 'skipped in a.int.test.ts: b'],
    ['a skipped suite', { report: report(['a', 'skipped']) }, 'nothing ran in a.int.test.ts'],
    ['a suite of lacks only', { report: report(['a — declared: b', 'skipped']) }, 'nothing ran in a.int.test.ts'],
    ['a run without suites', { report: { ...report(), testResults: [] } }, 'ran no suite'],
    ['a run without report', { report: null }, 'left no test report'],
    ['a step that failed without a failed test', { exitCode: 2 }, 'ended with exit code 2'],
  ])('%s is a failure', (_, step, problem) => {
    expect(sumSteps([{ label: 'int', exitCode: 0, ...step }]))
      .toMatchObject({ failed: 1, problems: [`int: ${problem}`] })
  })
})
