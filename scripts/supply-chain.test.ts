import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'

interface Package {
  readonly version?: string
  readonly resolved?: string
  readonly integrity?: string
  readonly link?: boolean
  readonly dev?: boolean
  readonly optional?: boolean
  readonly devOptional?: boolean
  readonly hasInstallScript?: boolean
  readonly dependencies?: Readonly<Record<string, string>>
  readonly devDependencies?: Readonly<Record<string, string>>
}

const lockFile = readFileSync(new URL('../package-lock.json', import.meta.url), 'utf8')
const { packages } = JSON.parse(lockFile) as { readonly packages: Readonly<Record<string, Package>> }
const installed = Object.entries(packages).filter(([path, { link }]) => path.includes('node_modules/') && link !== true)
const isOurs = (name: string): boolean => name.startsWith('@twofold/')

test('every package is pinned to its content, but for what is optional on other platforms', () => {
  expect(installed.length).toBeGreaterThan(100)
  expect(installed.filter(([, { integrity, optional }]) => !optional && !integrity?.startsWith('sha512-')).map(([path]) => path)).toEqual([])
})

test('every direct dependency names one version', () => {
  const workspaces = Object.entries(packages).filter(([path]) => !path.includes('node_modules/'))
  const loose = workspaces.flatMap(([path, { dependencies = {}, devDependencies = {} }]) =>
    Object.entries({ ...dependencies, ...devDependencies })
      .filter(([name, version]) => !isOurs(name) && !/^\d+\.\d+\.\d+(?:-[\w.]+)?$/.test(version))
      .map(([name, version]) => `${path}: ${name} ${version}`))
  expect(loose).toEqual([])
})

test('nothing that a service runs on wants to run a script when it is installed', () => {
  const scripted = installed.filter(([, { hasInstallScript, dev, optional, devOptional }]) => hasInstallScript && !dev && !optional && !devOptional)
  expect(scripted.map(([path]) => path)).toEqual([])
})
