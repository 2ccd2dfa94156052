import type { Reporter, TestModule } from 'vitest/node';

/**
 * Says at the end which tests passed only when they were tried again, and how they failed first: they tell of a busy machine,
 * or of something that goes wrong once in a hundred times.
 */
export default class TellFlaky implements Reporter {
  onTestRunEnd(modules: readonly TestModule[]): void {
    const flaky = modules.flatMap((module) => [...module.children.allTests()]).filter((test) => test.diagnostic()?.flaky === true);
    if (flaky.length === 0) return;
    const lines = flaky.map((test) => `  ${test.module.moduleId} > ${test.fullName}\n${(test.result().errors ?? []).map(({ message }) => `    ${message.split('\n').slice(0, 30).join('\n    ')}`).join('\n')}`);
    console.log(`\nPassed only when tried again:\n${lines.join('\n')}\n`);
  }
}
