import { configDefaults, defineConfig } from 'vitest/config';
import { compiled } from './fakes/compiled.ts';
import { together } from './test/together.ts';

// For the processes and threads that tests start by themselves.
Object.assign(process.env, compiled);

export default defineConfig({
  test: {
    reporters: ['default', './tools/summary-reporter.ts'],
    testTimeout: 60_000,
    hookTimeout: 60_000,
    // Real processes on two cores: more files at once would only wait for each other.
    maxWorkers: 2,
    projects: [
      {
        extends: true,
        test: {
          name: 'apart',
          include: ['src/**/*.test.ts', 'test/**/*.test.ts', 'fakes/**/*.test.ts', 'redteam/**/*.test.ts'],
          exclude: [...configDefaults.exclude, ...together],
          sequence: { groupOrder: 0 },
        },
      },
      {
        extends: true,
        test: { name: 'together', include: [...together], isolate: false, sequence: { groupOrder: 1 } },
      },
    ],
  },
});
