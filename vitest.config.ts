import { availableParallelism } from 'node:os';
import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    testTimeout: 60_000,
    hookTimeout: 20_000,
    // The tests wait for answers more than they compute: one file at a time (vitest's choice on two cores) leaves both idle.
    maxWorkers: Math.max(2, availableParallelism() - 1),
  },
});
