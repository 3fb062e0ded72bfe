import type { Application } from 'express'

/** What is read of Express's routing table. It has no public question for "which methods has this path?". */
interface Layer {
  readonly handle: { readonly stack?: readonly Layer[] }
  readonly route?: { readonly methods: Readonly<Record<string, boolean>> }
  match(path: string): { readonly path: string } | false
}

/** The methods that some route of the app has for this path, in alphabetical order. */
export function allowedMethods(app: Application, path: string): string[] {
  const allowed = new Set<string>()
  collect(app.router.stack as unknown as readonly Layer[], path, allowed)
  if (allowed.has('GET')) allowed.add('HEAD')
  return [...allowed].toSorted()
}

function collect(layers: readonly Layer[], path: string, allowed: Set<string>): void {
  for (const layer of layers) {
    const match = layer.match(path)
    if (!match) continue
    for (const method of Object.keys(layer.route?.methods ?? {})) allowed.add(method.toUpperCase())
    const rest = path.slice(match.path.length)
    if (layer.handle.stack) collect(layer.handle.stack, rest.startsWith('/') ? rest : `/${rest}`, allowed)
  }
}
