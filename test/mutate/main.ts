import { basename } from 'node:path';
import { parseArgs } from 'node:util';
import { allMutants, drawn, lineOf } from './mutants.ts';
import { NAMED_SURVIVORS } from './named-survivors.ts';
import { openReach } from './reach.ts';
import { openWorkshop } from './workshop.ts';
import type { Mutant } from './mutants.ts';
import type { TestFile } from './reach.ts';
import type { Workshop } from './workshop.ts';

const { values: options } = parseArgs({
  options: {
    count: { type: 'string', default: '300' },
    seed: { type: 'string', default: '1' },
    jobs: { type: 'string', default: '2' },
    only: { type: 'string', multiple: true, default: ['src/'] },
    patience: { type: 'string', default: '90' },
    near: { type: 'boolean', default: false },
    resume: { type: 'boolean', default: false },
  },
});
const [count, seed, jobs, patience] = [options.count, options.seed, options.jobs, options.patience].map(Number) as [number, number, number, number];
if (![count, seed, jobs, patience].every((number) => Number.isInteger(number) && number > 0) || jobs > 2) {
  process.stderr.write('Usage: npm run mutate -- --count 300 --seed 1 --jobs 2 [--only src/queue] [--patience 90] [--near] [--resume]\n');
  process.exit(2);
}

/** How long a file of tests may take before it counts as never ending: as long as ever, on a machine that has other things to do. */
const boundMs = (usualMs: number): number => 8_000 + 4 * usualMs;
/** The share of the runs of a property that are made first. */
const FEW_RUNS = 0.1;
/** Tests that take longer, in milliseconds, are asked after the others. */
const SLOW_MS = 20_000;
/** How long it takes to ask a file of tests of which few runs tell much already, in milliseconds. */
const firstCostMs = ({ ms, isFuzzy }: TestFile): number => (isFuzzy ? ms * FEW_RUNS : ms);
/** And one of which nothing is known. */
const FIRST_BOUND_MS = 5 * 60_000;

const mutants = allMutants();
const reach = openReach(mutants);
const sample = drawn(mutants, count, seed, ({ file }) => options.only.some((start) => file.startsWith(start)));

const isNamed = (mutant: Mutant): boolean =>
  NAMED_SURVIVORS.some(({ file, kind, line }) => file === mutant.file && kind === mutant.mutation.kind && line === lineOf(mutant).text);

/** Gives each of `todo` to whoever has a hand free. */
const share = async <Task>(workshops: readonly Workshop[], todo: readonly Task[], work: (workshop: Workshop, task: Task) => Promise<void>): Promise<void> => {
  const rest = [...todo];
  await Promise.all(
    workshops.map(async (workshop) => {
      for (let task = rest.shift(); task !== undefined; task = rest.shift()) await work(workshop, task);
    }),
  );
};

/** Whether a file of tests fails with a mutant. It fails, too, where it does not end, although without the mutant it would in half the time. */
const fails = async (workshop: Workshop, { file, ms }: TestFile, mutant: Mutant, fuzz: number): Promise<boolean> => {
  for (let bound = boundMs(ms); ; bound *= 2) {
    const run = await workshop.test({ file, fuzz, mutant, patienceMs: bound });
    if (run.isInTime) return !run.passed;
    if ((await workshop.test({ file, fuzz, mutant: undefined, patienceMs: bound / 2 })).isInTime) return true;
  }
};
/** What a file of tests notices has to come again: else it was something else, like a machine that had other things to do. */
const notices = async (workshop: Workshop, test: TestFile, mutant: Mutant, fuzz: number): Promise<boolean> =>
  (await fails(workshop, test, mutant, fuzz)) && fails(workshop, test, mutant, fuzz);

/** The first of these files of tests that notices a mutant, the cheapest first, within the patience for each mutant. */
const firstThatNotices = async (workshop: Workshop, mutant: Mutant, tests: readonly TestFile[]): Promise<string | undefined> => {
  let spentMs = 0;
  for (const test of tests) {
    spentMs += test.ms;
    if (spentMs > patience * 1_000) return undefined;
    if (await notices(workshop, test, mutant, 1)) return test.file;
  }
  return undefined;
};

/**
 * The file of tests that notices a mutant, without those of other rooms: the one that did the last time is asked first, then those of its
 * own room, whose properties are tried a few times only, then all of them; then the slow ones.
 */
const noticedInItsRoom = async (workshop: Workshop, mutant: Mutant): Promise<string | undefined> => {
  const tests = reach.of(mutant);
  const last = tests.find(({ file }) => file === reach.lastNoticed(mutant)?.by);
  if (last !== undefined && (await notices(workshop, last, mutant, 1))) return last.file;
  const isNamesake = ({ file }: TestFile): boolean => basename(file, '.test.ts') === basename(mutant.file, '.ts');
  const ofRoom = tests
    .filter(({ isNear }) => isNear)
    .toSorted((one, other) => Number(isNamesake(other)) - Number(isNamesake(one)) || firstCostMs(one) - firstCostMs(other));
  const first = ofRoom.filter((test) => firstCostMs(test) < SLOW_MS);
  for (const test of first) if (await notices(workshop, test, mutant, FEW_RUNS)) return test.file;
  const isTold = (test: TestFile): boolean => !test.isFuzzy && first.includes(test);
  for (const test of first) if (!isTold(test) && test.ms < SLOW_MS && (await notices(workshop, test, mutant, 1))) return test.file;
  return firstThatNotices(
    workshop,
    mutant,
    ofRoom.filter((test) => test.ms >= SLOW_MS && !isTold(test)),
  );
};
const noticedElsewhere = (workshop: Workshop, mutant: Mutant): Promise<string | undefined> =>
  firstThatNotices(
    workshop,
    mutant,
    reach.of(mutant).filter((test) => !test.isNear),
  );

const workshops = Array.from({ length: jobs }, () => openWorkshop(mutants));
const close = (): Promise<unknown> => Promise.all(workshops.map((workshop) => workshop.close()));
let isStopped = false;
const stop = (): void => {
  isStopped = true;
  process.stderr.write('Stopped. What was noticed is remembered: --resume goes on from there.\n');
  void close().then(() => process.exit(1));
};
for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, stop);

/** Tests that take longer than the patience for a mutant would never be asked about one of another room. */
const measure = async (tests: readonly string[], boundOfOneMs: number): Promise<void> => {
  let done = 0;
  await share(workshops, tests, async (workshop, file) => {
    let run = await workshop.reach(file, boundOfOneMs);
    if (!run.passed && run.isInTime) run = await workshop.reach(file, boundOfOneMs);
    reach.learn(file, run);
    done += 1;
    process.stderr.write(`${done} of ${tests.length} files of tests measured: ${file} ${run.passed ? `${run.ms} ms` : 'does not pass in time, and is left out'}\n`);
  });
};

/** Asks `noticedBy` about each, and gives back those that nothing noticed. */
const tryAll = async (todo: readonly Mutant[], noticedBy: typeof noticedInItsRoom, onLeft: (mutant: Mutant) => void): Promise<readonly Mutant[]> => {
  const left: Mutant[] = [];
  let done = 0;
  await share(workshops, todo, async (workshop, mutant) => {
    const by = await noticedBy(workshop, mutant);
    if (by === undefined) left.push(mutant);
    else reach.noticed(mutant, by);
    done += 1;
    process.stderr.write(`${done} of ${todo.length} mutants, ${left.length} left; ${told(mutant)}  ${by ?? '—'}\n`);
    if (by === undefined) onLeft(mutant);
  });
  return left;
};
const told = (mutant: Mutant): string => `${mutant.file}:${lineOf(mutant).number}  ${mutant.mutation.kind}: ${lineOf(mutant).text}`;
const tellSurvivor = (mutant: Mutant): void => console.log(`${isNamed(mutant) ? 'named' : 'survives'}  ${told(mutant)}`);

let survivors: readonly Mutant[] = [];
try {
  // A run that was broken off goes on: what was noticed stays so as long as neither the code nor those tests change.
  const todo = sample.filter((mutant) => !options.resume || reach.lastNoticed(mutant)?.isSame !== true);
  await measure(reach.unknown(todo, true), FIRST_BOUND_MS);
  survivors = await tryAll(todo, noticedInItsRoom, options.near ? tellSurvivor : () => undefined);
  if (!options.near) {
    await measure(reach.unknown(survivors, false), Math.min(patience * 1_000, FIRST_BOUND_MS));
    survivors = await tryAll(survivors, noticedElsewhere, tellSurvivor);
  }
} finally {
  // Whoever stops it closes it.
  if (!isStopped) await close();
}

const noticed = sample.length - survivors.length;
const unnamed = survivors.filter((mutant) => !isNamed(mutant));
const percent = sample.length === 0 ? 0 : (noticed / sample.length) * 100;
console.log(`\n${noticed} of ${sample.length} mutants were noticed (${percent.toFixed(1)} %), out of ${mutants.length} that there are; ${unnamed.length} survive without a reason`);
process.exitCode = unnamed.length === 0 ? 0 : 1;
