import { createHash } from 'node:crypto';
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { mutationsOf } from './mutations.ts';
import type { Mutation } from './mutations.ts';

const ROOT = join(import.meta.dirname, '../..');

/** The rooms in which a small change can do harm that nobody sees at once. */
const ROOMS = ['src/conversation', 'src/queue', 'src/markdown', 'src/discord/reply', 'src/discord/rest', 'src/store', 'src/bedrock', 'src/policy', 'src/usage'];

/** The code with one mutation in it. */
export interface Mutant {
  /** Its place among all there are. */
  readonly id: number;
  /** From the root of the checkout. */
  readonly file: string;
  /** Without the mutation. */
  readonly source: string;
  readonly mutation: Mutation;
}

/** All mutants of the rooms, in one order. */
export const allMutants = (): readonly Mutant[] =>
  ROOMS.flatMap((room) => globSync(`${room}/*.ts`, { cwd: ROOT }).toSorted())
    .flatMap((file) => {
      const source = readFileSync(join(ROOT, file), 'utf8');
      return mutationsOf(source).map((mutation) => ({ file, source, mutation }));
    })
    .map(({ file, source, mutation }, id) => ({ id, file, source, mutation }));

/** Where it is: the number of the line, from 1, and what stands there without the blanks around it. */
export const lineOf = ({ source, mutation }: Mutant): { readonly number: number; readonly text: string } => {
  const number = source.slice(0, mutation.start).split('\n').length;
  return { number, text: (source.split('\n')[number - 1] ?? '').trim() };
};

/** What each is called, whatever changes around it: by its file, its kind, its line, and the how manieth of those it is. */
export const namesOf = (mutants: readonly Mutant[]): readonly string[] => {
  const seen = new Map<string, number>();
  return mutants.map((mutant) => {
    const name = `${mutant.file} ${mutant.mutation.kind} ${lineOf(mutant).text}`;
    const nth = (seen.get(name) ?? 0) + 1;
    seen.set(name, nth);
    return `${nth} ${name}`;
  });
};

/** So many of those that are asked for, chosen by a seed, in their order. Each has its lot by what it is: changes elsewhere in the code hardly change the choice. */
export const drawn = (mutants: readonly Mutant[], count: number, seed: number, isAskedFor: (mutant: Mutant) => boolean = () => true): readonly Mutant[] => {
  const names = namesOf(mutants);
  return mutants
    .map((mutant, index) => ({ mutant, lot: createHash('sha256').update(`${seed} ${names[index] ?? ''}`).digest('hex') }))
    .filter(({ mutant }) => isAskedFor(mutant))
    .toSorted((one, other) => (one.lot < other.lot ? -1 : 1))
    .slice(0, count)
    .map(({ mutant }) => mutant)
    .toSorted((one, other) => one.id - other.id);
};
