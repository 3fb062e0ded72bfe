import { readFileSync } from 'node:fs'

/** A process environment: names to texts. */
export type Environment = Readonly<Record<string, string | undefined>>

/** One thing that is wrong with the configuration; its text never holds the value of a secret. */
export interface ConfigFault {
  readonly name: string
  readonly problem: string
}

export interface ReadValues {
  readonly values: Readonly<Record<string, string>>
  readonly faults: readonly ConfigFault[]
}

/**
 * The values of the names asked for. An empty variable counts as unset. A secret may be given as `NAME_FILE` instead,
 * the path of a file that holds it, as container platforms mount them. A file that is named and empty is a fault: taken
 * as unset, it would switch off what the secret is for.
 */
export function readValues(env: Environment, names: Iterable<string>, secrets: ReadonlySet<string>): ReadValues {
  const values: Record<string, string> = {}
  const faults: ConfigFault[] = []
  for (const name of names) {
    const fileVariable = `${name}_FILE`
    const path = secrets.has(name) ? env[fileVariable] : undefined
    if (path && env[name]) faults.push({ name, problem: `is set, and so is ${fileVariable}; set one of them` })
    const value = path ? readSecret(path) : env[name]
    if (path && !value) faults.push({ name: fileVariable, problem: value === '' ? 'names a file that is empty' : "names a file that can't be read" })
    if (value) values[name] = value
  }
  return { values, faults }
}

function readSecret(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8').trim()
  } catch {
    return undefined
  }
}
