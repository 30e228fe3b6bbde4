import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['src/**/*.test.ts', 'test/**/*.test.ts', 'fakes/**/*.test.ts', 'redteam/**/*.test.ts'],
    reporters: ['default', './tools/summary-reporter.ts'],
    testTimeout: 60_000,
    hookTimeout: 60_000,
    // Real processes on two cores: more files at once would only wait for each other.
    maxWorkers: 2,
  },
});
