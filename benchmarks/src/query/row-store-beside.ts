import type { StoreUrls } from '@twofold/end-to-end/system.ts'
import { createConnection } from 'mysql2/promise'

/** The same log and counter store, with an empty row store beside the first one. */
export async function rowStoreBeside(urls: StoreUrls, name: string): Promise<StoreUrls> {
  const url = urls.ROW_STORE_URL
  if (url.startsWith('sqlite:')) return { ...urls, ROW_STORE_URL: `${url}-${name}` }
  const connection = await createConnection({ uri: url })
  await connection.query(`CREATE DATABASE IF NOT EXISTS \`${name}\``)
  await connection.end()
  return { ...urls, ROW_STORE_URL: Object.assign(new URL(url), { pathname: `/${name}` }).href }
}
