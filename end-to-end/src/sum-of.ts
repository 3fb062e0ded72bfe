import type { ViewAnswer } from '@twofold/analytics-service/answer-view.ts'
import type { Answer } from './client.ts'

/** The sum of all rows of a count's answer. */
export function sumOf({ body }: Answer<ViewAnswer>): number {
  return body.rows.reduce((sum, { value }) => sum + Number(value), 0)
}
