import { join } from 'node:path';
import { createVitest } from 'vitest/node';

/** What the process that runs tests is asked: to run one file. */
export interface TestOrder {
  /** Absolute. */
  readonly file: string;
  /** For `fuzzRuns`. */
  readonly fuzz: number;
}

/** What it answers, first of all once when it is ready. */
export interface TestReply {
  readonly passed: boolean;
}

/** One Vitest for all files, which keeps what it has read of the code: started anew for each, that would be most of the time. */
const vitest = await createVitest({ watch: false, reporters: [{}], maxWorkers: 1, bail: 1, setupFiles: [join(import.meta.dirname, 'no-shrinking.ts')], root: process.cwd() });

await vitest.standalone();

const answer = (reply: TestReply): void => void process.send?.(reply);

const run = async ({ file, fuzz }: TestOrder): Promise<boolean> => {
  const [project] = vitest.projects;
  if (project === undefined) return false;
  process.env['FUZZ'] = String(fuzz);
  // A failure of an earlier file would end this one at once.
  vitest.state.filesMap.clear();
  vitest.state.idMap.clear();
  const { testModules, unhandledErrors } = await vitest.runTestSpecifications([project.createSpecification(file)]);
  return unhandledErrors.length === 0 && testModules.length > 0 && testModules.every((module) => module.ok());
};

process.on('message', (order: TestOrder) => {
  run(order).then(
    (passed) => answer({ passed }),
    () => answer({ passed: false }),
  );
});
process.on('disconnect', () => process.exit());
answer({ passed: true });
