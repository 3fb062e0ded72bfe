import type { ViewAnswer } from '@twofold/analytics-service/answer-view.ts'

/** The boundary of an answer lies this far behind a time. */
export function passed({ asOf }: ViewAnswer, time: string | null, byMs: number): boolean {
  return Date.parse(asOf.boundary ?? '0') > Date.parse(time ?? '0') + byMs
}
