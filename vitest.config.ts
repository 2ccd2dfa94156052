import { availableParallelism } from 'node:os';
import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    globalSetup: ['test/temporary-folder.ts'],
    testTimeout: 120_000,
    hookTimeout: 60_000,
    // What is waited for comes when it comes: a machine that is busy elsewhere is no failure.
    expect: { poll: { timeout: 60_000 } },
    // One of thousands of tests that waits in vain on a busy machine says nothing about a change; it is named at the end, with what it said.
    retry: process.env['CI'] === undefined ? 0 : 1,
    reporters: ['default', './test/tell-flaky.ts'],
    // The tests wait for answers far more than they compute: one file at a time (vitest's choice on two cores) leaves both idle.
    maxWorkers: Math.max(3, availableParallelism() - 1),
  },
});
