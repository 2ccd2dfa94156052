import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { createRandom } from '../chaos/random.ts';
import { mutate, mutationsOf } from './mutations.ts';
import { NAMED_SURVIVORS } from './named-survivors.ts';
import { ROOM_TESTS } from './room-tests.ts';
import { openWorkshop } from './workshop.ts';
import type { Mutation } from './mutations.ts';
import type { RoomTests } from './room-tests.ts';
import type { Workshop } from './workshop.ts';

const { values: options } = parseArgs({
  options: {
    count: { type: 'string', default: '300' },
    seed: { type: 'string', default: '1' },
    jobs: { type: 'string', default: '2' },
    only: { type: 'string', default: 'src/' },
  },
});
const [count, seed, jobs] = [options.count, options.seed, options.jobs].map(Number) as [number, number, number];
if (![count, seed, jobs].every((number) => Number.isInteger(number) && number > 0)) {
  process.stderr.write('Usage: npm run mutate -- --count 300 --seed 1 --jobs 2 [--only src/queue]\n');
  process.exit(2);
}

interface Mutant {
  readonly file: string;
  readonly source: string;
  readonly room: RoomTests;
  readonly mutation: Mutation;
}

const ROOT = join(import.meta.dirname, '../..');
const mutants: readonly Mutant[] = ROOM_TESTS.flatMap((room) =>
  globSync(`${room.folder}/*.ts`, { cwd: ROOT })
    .toSorted()
    .filter((file) => file.startsWith(options.only))
    .flatMap((file) => {
      const source = readFileSync(join(ROOT, file), 'utf8');
      return mutationsOf(source).map((mutation) => ({ file, source, room, mutation }));
    }),
);

const random = createRandom(seed);
const sample: readonly Mutant[] = mutants
  .map((mutant) => ({ mutant, at: random.next() }))
  .toSorted((one, other) => one.at - other.at)
  .slice(0, count)
  .map(({ mutant }) => mutant);

const lineOf = ({ source, mutation }: Mutant): { readonly number: number; readonly text: string } => {
  const number = source.slice(0, mutation.start).split('\n').length;
  return { number, text: (source.split('\n')[number - 1] ?? '').trim() };
};

const isNamed = (mutant: Mutant): boolean =>
  NAMED_SURVIVORS.some(({ file, kind, line }) => file === mutant.file && kind === mutant.mutation.kind && line === lineOf(mutant).text);

const survives = async (workshop: Workshop, { file, source, room, mutation }: Mutant): Promise<boolean> =>
  workshop.with(file, mutate(source, mutation), async () => (await workshop.passes(room.near)) && workshop.passes(room.far));

const survivors: Mutant[] = [];
const todo = [...sample];
let done = 0;

const work = async (): Promise<void> => {
  const workshop = openWorkshop();
  try {
    for (let mutant = todo.shift(); mutant !== undefined; mutant = todo.shift()) {
      if (await survives(workshop, mutant)) {
        survivors.push(mutant);
        const { number, text } = lineOf(mutant);
        console.log(`${isNamed(mutant) ? 'named' : 'survives'}  ${mutant.file}:${number}  ${mutant.mutation.kind}: ${text}`);
      }
      done += 1;
      process.stderr.write(`${done} of ${sample.length} mutants, ${survivors.length} survive\n`);
    }
  } finally {
    workshop.close();
  }
};

await Promise.all(Array.from({ length: Math.min(jobs, sample.length) }, work));
const noticed = sample.length - survivors.length;
const unnamed = survivors.filter((mutant) => !isNamed(mutant));
const share = sample.length === 0 ? 0 : (noticed / sample.length) * 100;
console.log(`\n${noticed} of ${sample.length} mutants were noticed (${share.toFixed(1)} %), out of ${mutants.length} that there are; ${unnamed.length} survive without a reason`);
process.exitCode = unnamed.length === 0 ? 0 : 1;
