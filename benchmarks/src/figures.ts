/** One line of the report. */
export interface Figure {
  readonly set: SetName
  readonly benchmark: string
  readonly what: string
  /** The measured value with its unit. */
  readonly value: string
  /** Ours by theirs, within one run. */
  readonly ratio?: number
  readonly target?: Target
  /** Under which conditions: a figure without them says nothing. */
  readonly setting: string
}

export type SetName = 'embedded' | 'real'

/** Bounds of the ratio, both inclusive. */
export interface Target {
  readonly min?: number
  readonly max?: number
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((left, right) => left - right)
  const middle = sorted.length >> 1
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2
}

/** The value below which `share` of all lie. */
export function quantile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((left, right) => left - right)
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))]!
}

/** Ours by theirs: the median of the rounds' ratios, so that what slows a whole round down cancels out. */
export function medianRatio(ours: readonly number[], theirs: readonly number[]): number {
  return median(ours.map((value, round) => value / theirs[round]!))
}

/** A number with three digits that count, and k or M. */
export function short(value: number): string {
  if (value >= 999_500) return `${digits(value / 1e6)}M`
  return value >= 9995 ? `${digits(value / 1e3)}k` : digits(value)
}

function digits(value: number): string {
  if (value >= 100) return value.toFixed(0)
  return value >= 10 ? value.toFixed(1) : value.toFixed(2)
}

export function isMet({ ratio, target }: Figure): boolean | undefined {
  if (ratio === undefined || !target) return undefined
  return ratio >= (target.min ?? 0) && ratio <= (target.max ?? Infinity)
}

/** The figures as a table, the settings below it. */
export function printFigures(figures: readonly Figure[]): string {
  const settings = [...new Set(figures.map(({ setting }) => setting))]
  const header = ['set', 'benchmark', 'what', 'value', 'ratio', 'target', '', 'setting']
  const lines = [header, ...figures.map((figure) => cellsOf(figure, settings.indexOf(figure.setting) + 1))]
  const widths = header.map((_, column) => Math.max(...lines.map((cells) => cells[column]!.length)))
  const table = lines.map((cells) => cells.map((cell, column) => cell.padEnd(widths[column]!)).join('  ').trimEnd())
  return [...table, '', ...settings.map((setting, at) => `[${at + 1}] ${setting}`)].join('\n')
}

function cellsOf(figure: Figure, setting: number): string[] {
  const { set, benchmark, what, value, ratio, target } = figure
  const met = isMet(figure)
  const verdict = met === undefined ? '' : met ? 'met' : 'MISSED'
  const bounds = target ? printTarget(target) : ''
  return [set, benchmark, what, value, ratio?.toFixed(2) ?? '', bounds, verdict, `[${setting}]`]
}

function printTarget({ min, max }: Target): string {
  if (min !== undefined && max !== undefined) return `${min} to ${max}`
  return min === undefined ? `<= ${max}` : `>= ${min}`
}
