import { describe, expect, it } from 'vitest';
import { drawn, lineOf } from './mutants.ts';
import { mutationsOf } from './mutations.ts';
import type { Mutant } from './mutants.ts';

const mutantsOf = (sources: Readonly<Record<string, string>>): Mutant[] =>
  Object.entries(sources)
    .flatMap(([file, source]) => mutationsOf(source).map((mutation) => ({ file, source, mutation })))
    .map(({ file, source, mutation }, id) => ({ id, file, source, mutation }));

const code = (count: number): string => Array.from({ length: count }, (_, index) => `if (a${index} > 1) b();`).join('\n');
const names = (mutants: readonly Mutant[]): string[] => mutants.map((mutant) => `${mutant.file} ${mutant.mutation.kind} ${lineOf(mutant).text}`);

describe('a draw of mutants', () => {
  const before = mutantsOf({ 'a.ts': code(5), 'b.ts': code(200) });

  it('is the same for the same seed, another one for another, and in the order of the code', () => {
    const one = drawn(before, 60, 1);
    expect(one).toHaveLength(60);
    expect(drawn(before, 60, 1)).toEqual(one);
    expect(names(drawn(before, 60, 2))).not.toEqual(names(one));
    expect(one.map(({ id }) => id)).toEqual(one.map(({ id }) => id).toSorted((a, b) => a - b));
  });

  it('is of as many as it should be where only some are asked for', () => {
    const only = drawn(before, 60, 1, ({ file }) => file === 'b.ts');
    expect(only).toHaveLength(60);
    expect(only.filter(({ file }) => file !== 'b.ts')).toEqual([]);
    expect(drawn(before, 300, 1, ({ file }) => file === 'a.ts')).toHaveLength(5 * 2);
  });

  it('hardly changes with a change elsewhere', () => {
    const after = mutantsOf({ 'a.ts': code(9), 'b.ts': code(200) });
    const kept = new Set(names(drawn(before, 60, 1)));
    expect(names(drawn(after, 60, 1)).filter((name) => !kept.has(name)).length).toBeLessThan(10);
  });
});
