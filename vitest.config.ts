import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    include: ['*/src/**/*.test.ts', 'scripts/*.test.ts'],
    exclude: ['**/node_modules/**', '**/*.int.test.ts'],
    // A process per file: stores on disk, child processes and signals must not leak from one file into another.
    pool: 'forks',
    maxWorkers: 2,
    testTimeout: 60_000,
    hookTimeout: 60_000,
  },
})
