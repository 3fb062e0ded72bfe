import { allTimeStep } from '../views/resolutions.ts'
import type { View } from '../views/view.ts'
import type { Step } from './merge-rows.ts'

const units = [
  { name: 'd', ms: 86_400_000 },
  { name: 'h', ms: 3_600_000 },
  { name: 'm', ms: 60_000 },
  { name: 's', ms: 1000 },
] as const

/** `2s`, `1m`, `1h`, or `all` for all time. */
export function formatStep(stepMs: number): string {
  if (stepMs === allTimeStep) return 'all'
  const unit = units.find(({ ms }) => stepMs % ms === 0)
  return unit ? `${stepMs / unit.ms}${unit.name}` : `${stepMs}ms`
}

/** The finest step of a view. */
export function finestStep({ resolutions }: View): Step {
  return resolutions[0]?.stepMs ?? 'all'
}

/** Reads a step; undefined when it is none, or one that the view's buckets can't be summed to exactly. */
export function parseStep(view: View, text: string): Step | undefined {
  if (text === 'all') return 'all'
  const [, digits, name] = /^([1-9]\d{0,5})([smhd])$/.exec(text) ?? []
  const stepMs = Number(digits) * (units.find((unit) => unit.name === name)?.ms ?? Number.NaN)
  return nests(view, stepMs) ? stepMs : undefined
}

/** The steps of a view, in words. */
export function allowedSteps({ resolutions }: View): string {
  const [finest, ...coarser] = resolutions.map((resolution) => formatStep(resolution.stepMs))
  if (finest === undefined) return 'all'
  return `all, or a multiple of ${finest}${coarser.length > 0 ? ` that nests in ${coarser.join(' and ')}` : ''}`
}

function nests({ resolutions }: View, stepMs: number): boolean {
  const [finest, ...coarser] = resolutions
  if (!finest || stepMs % finest.stepMs !== 0) return false
  return coarser.every((resolution) => resolution.stepMs % stepMs === 0 || stepMs % resolution.stepMs === 0)
}
