import { defineConfig } from 'vitest/config'

// The same promises on the real servers. A machine without Docker fails here, it does not skip.
export default defineConfig({
  test: {
    include: ['*/src/**/*.int.test.ts'],
    exclude: ['**/node_modules/**'],
    globalSetup: ['end-to-end/src/global-setup.ts'],
    pool: 'forks',
    // Tests share three servers, and some stop them: one file after the other.
    fileParallelism: false,
    testTimeout: 180_000,
    hookTimeout: 300_000,
    teardownTimeout: 60_000,
  },
})
