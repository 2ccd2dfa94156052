import { readFileSync, readdirSync } from 'node:fs';
import { dirname, join, normalize, relative } from 'node:path';
import { describe, expect, it } from 'vitest';

const SRC = join(import.meta.dirname, '../src');

/** Which npm packages each folder may import. Files at the top may import all of them. */
const PACKAGES: Readonly<Record<string, readonly RegExp[]>> = {
  conversation: [],
  bedrock: [/^@aws-sdk\//u, /^@smithy\//u],
  store: [/^keyv$/u, /^@keyv\//u, /^zod$/u],
  operations: [],
  queue: [/^p-queue$/u],
  discord: [/^discord\.js$/u, /^sharp$/u, /^ws$/u, /^chardet$/u, /^entities$/u],
};

/** Packages that belong to one folder, so that nothing else may import them. */
const OWNERS: readonly [RegExp, string][] = [
  [/^@aws-sdk\//u, 'bedrock'],
  [/^keyv$/u, 'store'],
  [/^p-queue$/u, 'queue'],
  [/^discord\.js$/u, 'discord'],
  [/^sharp$/u, 'discord'],
  [/^ws$/u, 'discord'],
  [/^chardet$/u, 'discord'],
  [/^entities$/u, 'discord'],
];

interface Import {
  readonly from: string;
  readonly target: string;
  readonly isTypeOnly: boolean;
  /** Loaded when the code comes there. */
  readonly isLater: boolean;
}

const files = readdirSync(SRC, { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.ts'));
const folderOf = (file: string): string => (file.includes('/') ? (file.split('/')[0] ?? '') : '');
const importsOf = (file: string): Import[] =>
  [...readFileSync(join(SRC, file), 'utf8').matchAll(/^(?:import|export)\s+(type\s)?[^;]*?from\s+'([^']+)'|import\('([^']+)'\)/gmu)].map(
    ([, typeOnly, target, dynamic]) => ({ from: file, target: target ?? dynamic ?? '', isTypeOnly: typeOnly !== undefined, isLater: dynamic !== undefined }),
  );
const imports = files.flatMap(importsOf);
const targetFile = ({ from, target }: Import): string => relative(SRC, normalize(join(SRC, dirname(from), target)));
const isRelative = ({ target }: Import): boolean => target.startsWith('.');

describe('the house', () => {
  it('has files to look at', () => {
    expect(files.length).toBeGreaterThan(30);
    expect(imports.length).toBeGreaterThan(100);
  });

  it('lets conversation/ import nothing outside its folder', () => {
    const foreign = imports.filter((one) => folderOf(one.from) === 'conversation' && (!isRelative(one) || folderOf(targetFile(one)) !== 'conversation'));
    expect(foreign).toEqual([]);
  });

  it('lets an adapter import itself, the conversation, and the types of the log and of findings', () => {
    const foreign = imports.filter((one) => {
      const folder = folderOf(one.from);
      if (folder === '' || folder === 'conversation' || !isRelative(one)) return false;
      const target = targetFile(one);
      const isSharedType = (target === 'log.ts' || target === 'finding.ts') && one.isTypeOnly;
      return folderOf(target) !== folder && folderOf(target) !== 'conversation' && !isSharedType;
    });
    expect(foreign).toEqual([]);
  });

  it('keeps each outside package in the one folder that is its own', () => {
    const strays = imports.filter((one) => {
      if (isRelative(one) || one.target.startsWith('node:')) return false;
      const folder = folderOf(one.from);
      const owner = OWNERS.find(([pattern]) => pattern.test(one.target))?.[1];
      if (owner !== undefined) return owner !== folder;
      return folder !== '' && !(PACKAGES[folder] ?? []).some((pattern) => pattern.test(one.target));
    });
    expect(strays).toEqual([]);
  });

  it('reads the environment in one place only', () => {
    const readers = files.filter((file) => /process\.env|from 'dotenv'/u.test(readFileSync(join(SRC, file), 'utf8')));
    expect(readers).toEqual(['environment.ts']);
  });

  it('has no circle', () => {
    const edges = new Map(files.map((file) => [file, imports.filter((one) => one.from === file && isRelative(one)).map(targetFile)]));
    const circles: string[] = [];
    const done = new Set<string>();
    const visit = (file: string, path: readonly string[]): void => {
      if (path.includes(file)) circles.push([...path.slice(path.indexOf(file)), file].join(' → '));
      else if (!done.has(file)) {
        for (const next of edges.get(file) ?? []) visit(next, [...path, file]);
        done.add(file);
      }
    };
    for (const file of files) visit(file, []);
    expect(circles).toEqual([]);
  });

  it('has no room without a name', () => {
    expect(files.filter((file) => /(?:^|\/)(?:index|types|utils|helpers|common|misc)(?:\.ts|\/)/u.test(file))).toEqual([]);
  });

  it('imports no module at the start that would load the whole of `fetch` and TLS, for 50 ms', () => {
    const atStart = new Set(['main.ts', 'run.ts', 'parley.ts', 'discord/bot.ts']);
    for (const file of atStart) {
      const next = imports.filter((one) => one.from === file && isRelative(one) && !one.isTypeOnly && !one.isLater);
      for (const one of next) atStart.add(targetFile(one));
    }
    expect(atStart.size).toBeGreaterThan(100);
    // Parts of them are to be had by `process.getBuiltinModule`.
    expect(imports.filter((one) => /^node:https?$/u.test(one.target) && !one.isTypeOnly && atStart.has(one.from))).toEqual([]);
  });
});
