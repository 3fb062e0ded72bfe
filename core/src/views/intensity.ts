/** How many events there were in how long. */
export interface Observed {
  readonly count: number
  /** Milliseconds, more than 0. */
  readonly lengthMs: number
}

/** The constant for which the square root of a Poisson count has the steadiest variance, a quarter. */
const anscombe = 3 / 8

/**
 * How many standard deviations more events there were than a baseline leads to expect; less than 0 for fewer. A steady
 * crowd is about 0 on average (half a deviation above where it taps once in several lengths), and beyond 2 about once in
 * forty times by chance, beyond 4 hardly ever.
 *
 * With x events now and y in the baseline, d the ratio of the two lengths, it is
 *
 *     2 (sqrt(x + 3/8) - sqrt(d (y + 3/8))) / sqrt(1 + d)
 *
 * the two-sample test for Poisson rates of M. D. Huffman, "An improved approximate two-sample Poisson test", Applied
 * Statistics 33 (1984) 224-226, which rests on F. J. Anscombe, "The transformation of Poisson, binomial and
 * negative-binomial data", Biometrika 35 (1948) 246-254; statsmodels has it as `test_poisson_2indep(method="sqrt")`.
 * The 3/8 are a part of an event: where they alone would turn fewer events than expected into a surplus, or the other
 * way round, it is 0.
 */
export function intensityOf(now: Observed, baseline: Observed): number {
  const ratio = now.lengthMs / baseline.lengthMs
  const deviation = 2 * (Math.sqrt(now.count + anscombe) - Math.sqrt(ratio * (baseline.count + anscombe)))
  const surplus = now.count - ratio * baseline.count
  return Math.sign(deviation) === Math.sign(surplus) ? deviation / Math.sqrt(1 + ratio) : 0
}
