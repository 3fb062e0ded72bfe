/** Runs the steps of a test one after the other and tells how long each took. */
export interface Steps {
  step<Result>(label: string, action: () => Promise<Result>): Promise<Result>
  /** Every step with its seconds, for the end. */
  summary(): string
}

export function createSteps(write: (line: string) => void): Steps {
  const done: string[] = []
  return {
    async step(label, action) {
      const startedAt = performance.now()
      const note = (outcome: string): void => {
        const line = `${outcome.padEnd(7)} ${((performance.now() - startedAt) / 1000).toFixed(1).padStart(6)} s  ${label}`
        done.push(line)
        write(line)
      }
      write(`...              ${label}`)
      try {
        const result = await action()
        note('ok')
        if (typeof result === 'string' && result !== '') write(result.trim().replaceAll(/^/gm, '        | '))
        return result
      } catch (error) {
        note('FAILED')
        throw error
      }
    },
    summary: () => done.join('\n'),
  }
}
