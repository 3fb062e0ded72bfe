// Fails when a file imports what its place in the house does not allow: see `architecture-rules.ts`.
import { argv } from 'node:process'
import { checkArchitecture } from './architecture-rules.ts'
import { readModules } from './read-modules.ts'

const modules = readModules(argv[2] ?? process.cwd())
const imports = modules.reduce((sum, module) => sum + module.imports.length, 0)
const violations = checkArchitecture(modules)

for (const { path, line, message } of violations) console.error(`${path}:${line} ${message}`)
// A check that read nothing has checked nothing.
if (imports === 0) console.error('no modules were read')
console.error(`architecture: ${modules.length} modules, ${imports} imports, ${violations.length} violations`)
process.exitCode = violations.length > 0 || imports === 0 ? 1 : 0
