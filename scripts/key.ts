import { hash, randomBytes } from 'node:crypto'
import { parseArgs } from 'node:util'
import { apiKeyList, scopes } from '@twofold/runtime/api-keys.ts'

const usage = `Makes an API key. Prints the key once, for the client, and the entry to store, for the services.

  npm run key -- --id web --scopes ingest,read

  --id <name>       names the client: letters, digits, - and _; an old and a new key of one client may share it
  --scopes <list>   ${scopes.join(', ')}; several separated by commas
  --help

Add the entry to API_KEYS (or to the file that API_KEYS_FILE names) and start the services again. To replace a key, add
the new entry beside the old one, move the clients, and take the old one out.
`

process.exitCode = run()

function run(): number {
  try {
    const { values } = parseArgs({ options: { id: { type: 'string' }, scopes: { type: 'string' }, help: { type: 'boolean' } } })
    if (values.help || values.id === undefined || values.scopes === undefined) {
      console.log(usage)
      return values.help ? 0 : 2
    }
    // So that programs which look for leaked secrets know one when they see it.
    const secret = `tf_${randomBytes(32).toString('base64url')}`
    const entry = `${values.id}:${values.scopes.split(',').join('+')}:${hash('sha256', secret)}`
    const { error } = apiKeyList.safeParse(entry)
    if (error) throw new TypeError(`--id or --scopes: ${error.issues[0]?.message}`)
    console.log(`key    ${values.id}.${secret}\nentry  ${entry}`)
    return 0
  } catch (error) {
    console.error(`${error instanceof Error ? error.message : String(error)}; see --help`)
    return 2
  }
}
