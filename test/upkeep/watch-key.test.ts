import { chmodSync, mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { readKeySource } from '../../src/settings/secret-settings.ts';
import { createKeyWatch } from '../../src/upkeep/watch-key.ts';
import type { KeyWatch } from '../../src/upkeep/watch-key.ts';

const LOOK_MS = 30_000;
const UNUSED = 'the new Bedrock API key cannot be used; the last one stays in force';

let path: string;
let lines: { message: string; problem?: string }[];
let watch: KeyWatch;
beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
  const folder = mkdtempSync(join(tmpdir(), 'parley-'));
  chmodSync(folder, 0o755);
  path = join(folder, 'key');
  writeFileSync(path, 'ABSKfirst\n');
  lines = [];
  const write = (fields: object, message: string): void => void lines.push({ message, ...fields });
  const problems: string[] = [];
  const source = readKeySource({ AWS_BEARER_TOKEN_BEDROCK_FILE: path }, 'us-east-1', problems);
  expect(problems).toEqual([]);
  watch = createKeyWatch({
    source,
    region: 'us-east-1',
    log: { debug: write, info: write, warn: write, error: write, fatal: write } as never,
    tellOwners: () => Promise.resolve(),
    claim: () => Promise.resolve(true),
    now: Date.now,
    isTimeKnown: () => true,
    onReplaced: () => undefined,
    onHopeless: () => undefined,
  });
  watch.watch();
});
afterEach(() => {
  watch.stop();
  vi.useRealTimers();
});

/** As the README says it: in one go. */
const replace = (content: string): void => {
  writeFileSync(`${path}.new`, content);
  renameSync(`${path}.new`, path);
};
const look = (times = 1): void => void vi.advanceTimersByTime(times * LOOK_MS);
const told = (): (string | undefined)[] => lines.filter(({ message }) => message === UNUSED).map(({ problem }) => problem);
const named = `AWS_BEARER_TOKEN_BEDROCK_FILE: the file`;

describe('a file of the key that is replaced by something else', () => {
  it.each([
    ['nothing', '', /for AWS_BEARER_TOKEN_BEDROCK is empty/u],
    ['a key in quotes', '"ABSKsecond"', /for AWS_BEARER_TOKEN_BEDROCK has quotes around it/u],
    ['the id of another kind of key', 'AKIAABCDEFGH234567AB', /holds the id of an AWS access key/u],
    ['two lines', 'ABSKsecond\nABSKthird', /has a space or a character in it/u],
  ])('%s is told once, without what it holds, and the last key stays', (_, content, problem) => {
    replace(content);
    look(5);
    expect(told()).toHaveLength(1);
    expect(told()[0]).toMatch(problem);
    expect(told()[0]).toContain(`${named} ${path} `);
    expect(JSON.stringify(lines)).not.toMatch(/second|third|AKIA/u);
    expect(watch.keys.read()).toBe('ABSKfirst');
  });

  it('is told when it goes, and again when it comes back', () => {
    rmSync(path);
    mkdirSync(path);
    look(3);
    expect(told()).toEqual([`${named} ${path} is a folder: put a file in its place.`]);
    rmSync(path, { recursive: true });
    replace('ABSKsecond');
    look(2);
    expect(watch.keys.read()).toBe('ABSKsecond');
    rmSync(path);
    look(3);
    expect(told()).toHaveLength(2);
    expect(told()[1]).toBe(`${named} ${path} is not there.`);
  });

  it('is nobody\'s business when it was so for a moment only', () => {
    rmSync(path);
    look();
    replace('ABSKsecond');
    look(3);
    expect(told()).toEqual([]);
    expect(watch.keys.read()).toBe('ABSKsecond');
  });

  it.skipIf(process.getuid?.() !== 0)('that only root may read is told with its owner and the cure', () => {
    writeFileSync(`${path}.new`, 'ABSKsecond', { mode: 0o600 });
    renameSync(`${path}.new`, path);
    process.seteuid?.(12_345);
    try {
      look(2);
    } finally {
      process.seteuid?.(0);
    }
    expect(told()).toHaveLength(1);
    expect(told()[0]).toMatch(/cannot be read: it belongs to uid 0 \(mode 0600\), and Parley runs as uid 12345\. Give it to that user \(chown 12345/u);
  });
});
