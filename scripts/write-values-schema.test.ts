import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { parse } from 'yaml'
import { z } from 'zod'
import { trueOrFalse, wholeNumber } from '@twofold/runtime/settings-kinds.ts'
import { describeSetting, isChartSetting } from './k8s/describe-setting.ts'
import { generateChartFiles } from './k8s/generate-chart-files.ts'

const read = (path: string) => readFileSync(new URL(`../${path}`, import.meta.url), 'utf8')

describe('the files of the chart that follow from the source', () => {
  test('are up to date: npm run helm:generate', async () => {
    for (const { path, text } of await generateChartFiles()) expect(read(path), path).toBe(text)
  })

  test('the version is that of the system', () => {
    const { version, appVersion } = parse(read('helm/Chart.yaml')) as Record<string, string>
    expect([version, appVersion]).toEqual(Array(2).fill((JSON.parse(read('package.json')) as { version: string }).version))
  })
})

describe('a setting of a service as a value of the chart', () => {
  test('may be a number or its digits, within the limits of the service', () => {
    const described = describeSetting(wholeNumber(1, 60).default(5).describe('How long.'))
    expect(described).toEqual({ description: 'How long.', type: ['integer', 'string'], pattern: String.raw`^\d+$`, minimum: 1, maximum: 60 })
  })

  test('may be true or false where the service reads a switch', () => {
    expect(describeSetting(trueOrFalse)).toEqual({ enum: [true, false, 'true', 'false'] })
  })

  test('is refused where it is a secret or the chart decides it', () => {
    expect(isChartSetting('SIGNING_KEY', z.string().meta({ secret: true }))).toBe(false)
    expect(['PORT', 'ROW_STORE_URL', 'API_KEYS'].filter((name) => isChartSetting(name, z.string()))).toEqual([])
    expect(isChartSetting('FLUSH_MS', wholeNumber(1))).toBe(true)
  })
})
