import { createHash } from 'node:crypto';
import { globSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { z } from 'zod';
import { namesOf } from './mutants.ts';
import type { Mutant } from './mutants.ts';
import type { TestRun } from './workshop.ts';

const ROOT = join(import.meta.dirname, '../..');

/** Tests that look at the text of the code, or at these tools. */
const OF_NO_USE = /^test\/(?:architecture\.test|mutate\/|simulators\/|demo\/|chaos\/)/u;

/** What a file of tests comes to, as it was measured. */
const measuredSchema = z.object({
  /** Of the text of the tests. */
  hash: z.string(),
  /** Whether they pass as things are; those that do not say nothing about a mutant. */
  passed: z.boolean(),
  ms: z.number(),
  /** By file of the code: the hash of its text then, and which of its mutants were come to, by their place in the file. */
  reached: z.record(z.string(), z.object({ hash: z.string(), places: z.array(z.number()) })),
  /** The files of the code that there were then; absent in what was measured before that was noted. */
  known: z.array(z.string()).optional(),
});
const memorySchema = z.object({
  tests: z.record(z.string(), measuredSchema),
  /** By mutant, which file of tests noticed it, and the hashes of both texts then. */
  noticed: z.record(z.string(), z.object({ by: z.string(), test: z.string(), source: z.string() })),
});
type Memory = z.infer<typeof memorySchema>;
type Measured = z.infer<typeof measuredSchema>;

/** A file of tests that may notice a mutant. */
export interface TestFile {
  readonly file: string;
  /** How long it takes as things are, in milliseconds. */
  readonly ms: number;
  /** Whether it stands in the folder that is named after the mutant's room. */
  readonly isNear: boolean;
  /** Whether it tries properties that can be tried fewer times. */
  readonly isFuzzy: boolean;
}

/** Which files of tests come to which mutants. It is remembered in the system's folder for temporary files, until either text changes. */
export interface Reach {
  /** What has yet to be measured before these mutants are tried. Tests of other rooms that have changed since are taken to come to what they came to. */
  unknown(sample: readonly Mutant[], isNearOnly: boolean): readonly string[];
  learn(file: string, run: TestRun & { readonly reached: readonly number[] }): void;
  /** Files that pass as things are and come to this mutant: the tests of its room, then all others; those that are done sooner first. */
  of(mutant: Mutant): readonly TestFile[];
  noticed(mutant: Mutant, test: string): void;
  /** The file of tests that noticed it the last time; `isSame`: neither text has changed since. */
  lastNoticed(mutant: Mutant): { readonly by: string; readonly isSame: boolean } | undefined;
}

const hashOf = (text: string): string => createHash('sha256').update(text).digest('base64url').slice(0, 12);

const nearFolder = (file: string): string => dirname(file).replace(/^src/u, 'test');
const isNear = (test: string, { file }: Mutant): boolean => dirname(test) === nearFolder(file);

export const openReach = (mutants: readonly Mutant[]): Reach => {
  const folder = join(tmpdir(), 'parley-mutate-reach');
  // What was measured before there were mutants of a room says nothing of it.
  const rooms = [...new Set(mutants.map(({ file }) => dirname(file)))].toSorted();
  const memoryFile = join(folder, `${hashOf([ROOT, ...rooms].join('\n'))}.json`);
  const remembered = (): Memory => {
    try {
      return memorySchema.parse(JSON.parse(readFileSync(memoryFile, 'utf8')));
    } catch {
      return { tests: {}, noticed: {} };
    }
  };
  const { tests: memory, noticed } = remembered();
  const keep = (): void => {
    mkdirSync(folder, { recursive: true });
    writeFileSync(memoryFile, JSON.stringify({ tests: memory, noticed } satisfies Memory));
  };
  const tests = globSync('test/**/*.test.ts', { cwd: ROOT })
    .toSorted()
    .filter((file) => !OF_NO_USE.test(file));
  const texts = new Map(tests.map((file) => [file, readFileSync(join(ROOT, file), 'utf8')]));
  const hashes = new Map([...texts].map(([file, text]) => [file, hashOf(text)]));
  const isFuzzy = (file: string): boolean => texts.get(file)?.includes('fuzzRuns') ?? false;
  const sources = new Map(mutants.map(({ file, source }) => [file, { hash: hashOf(source) }]));
  const names = namesOf(mutants);
  const nameOf = ({ id }: Mutant): string => names[id] ?? '';
  const firstOf = new Map<string, number>();
  for (const { file, id } of mutants) if (!firstOf.has(file)) firstOf.set(file, id);
  const placeOf = ({ file, id }: Mutant): number => id - (firstOf.get(file) ?? 0);

  const reaches = (test: string, { reached, known }: Measured, mutant: Mutant): boolean => {
    const ofFile = reached[mutant.file];
    // Of a file that was not there yet, it says nothing.
    if (ofFile === undefined) return known === undefined ? isNear(test, mutant) : !known.includes(mutant.file);
    // In a text that is another by now, it may come to anything.
    return (ofFile.hash !== sources.get(mutant.file)?.hash || ofFile.places.includes(placeOf(mutant)));
  };

  return {
    unknown: (sample, isNearOnly) => {
      const near = new Set(sample.map(({ file }) => nearFolder(file)));
      // One that did not pass may have met a busy machine.
      const isUnknown = (file: string): boolean => !memory[file]?.passed || (near.has(dirname(file)) && memory[file].hash !== hashes.get(file));
      return tests.filter((file) => isUnknown(file) && (near.has(dirname(file)) || !isNearOnly));
    },
    learn: (file, { passed, ms, reached }) => {
      const byFile = Map.groupBy(
        reached.flatMap((id) => mutants[id] ?? []),
        (mutant) => mutant.file,
      );
      memory[file] = {
        hash: hashes.get(file) ?? '',
        passed,
        ms,
        known: [...sources.keys()],
        reached: Object.fromEntries([...byFile].map(([name, ofFile]) => [name, { hash: sources.get(name)?.hash ?? '', places: ofFile.map(placeOf) }])),
      };
      keep();
    },
    of: (mutant) =>
      tests
        .flatMap((file) => {
          const measured = memory[file];
          return measured?.passed && reaches(file, measured, mutant) ? [{ file, ms: measured.ms, isNear: isNear(file, mutant), isFuzzy: isFuzzy(file) }] : [];
        })
        .toSorted((one, other) => Number(other.isNear) - Number(one.isNear) || one.ms - other.ms),
    noticed: (mutant, test) => {
      noticed[nameOf(mutant)] = { by: test, test: hashes.get(test) ?? '', source: sources.get(mutant.file)?.hash ?? '' };
      keep();
    },
    lastNoticed: (mutant) => {
      const last = noticed[nameOf(mutant)];
      return last && { by: last.by, isSame: last.test === hashes.get(last.by) && last.source === sources.get(mutant.file)?.hash };
    },
  };
};
