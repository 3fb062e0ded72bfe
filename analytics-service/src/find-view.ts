import { TwofoldError } from '@twofold/core/errors.ts'
import type { View } from '@twofold/core/views/view.ts'

/** The view of that name. Throws UNKNOWN_VIEW, which names those there are. */
export function findView(views: readonly View[], name: string): View {
  const view = views.find((candidate) => candidate.name === name)
  if (view) return view
  throw new TwofoldError('UNKNOWN_VIEW', `there is no view ${JSON.stringify(name)}; there are ${views.map((known) => known.name).join(', ')}`)
}
