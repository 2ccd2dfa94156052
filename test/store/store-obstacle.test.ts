import { execFileSync } from 'node:child_process';
import { chmodSync, chownSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import type { Obstacle } from '../../src/store/store-obstacle.ts';

const US = process.getuid?.() ?? 0;
const isRoot = US === 0;
/** Nothing is forbidden to root: there, somebody else looks. */
const SOMEBODY = isRoot ? 54_321 : US;
const MODULE = join(import.meta.dirname, '../../src/store/store-obstacle.ts');
const LOOK = 'const [module, path] = process.argv.slice(1); const { findObstacle } = await import(module); console.log(JSON.stringify(findObstacle(path) ?? null));';

const obstacleOf = (path: string): Obstacle | null =>
  JSON.parse(execFileSync(process.execPath, ['--no-warnings', '--input-type=module', '-e', LOOK, MODULE, path], { encoding: 'utf8', cwd: '/', ...(isRoot ? { uid: SOMEBODY, gid: SOMEBODY } : {}) })) as Obstacle | null;

const folders: string[] = [];
afterEach(() => {
  for (const folder of folders.splice(0)) chmodSync(folder, 0o700);
});
/** A folder of whoever looks. */
const theirFolder = (): string => {
  const folder = mkdtempSync(join(tmpdir(), 'parley-'));
  folders.push(folder);
  if (isRoot) chownSync(folder, SOMEBODY, SOMEBODY);
  return folder;
};

describe('what the file system says against a store', () => {
  it('names the user that looks, whose the folder is, and what to do', () => {
    const folder = theirFolder();
    chmodSync(folder, 0o500);
    expect(obstacleOf(join(folder, 'parley.sqlite'))).toEqual({
      says: `Parley runs as uid ${SOMEBODY} and may not write into the folder ${folder}, which belongs to uid ${SOMEBODY} (mode 500).`,
      cure: `Run: chmod u+rwx ${folder}; or name another place with STORE_URL.`,
    });
  });

  it('names the file where that is what may not be written', () => {
    const path = join(theirFolder(), 'parley.sqlite');
    writeFileSync(path, '');
    if (isRoot) chownSync(path, SOMEBODY, SOMEBODY);
    chmodSync(path, 0o400);
    expect(obstacleOf(path)).toEqual({
      says: `Parley runs as uid ${SOMEBODY} and may not read and write the file ${path}, which belongs to uid ${SOMEBODY} (mode 400).`,
      cure: `Run: chmod u+rw ${path}; or name another place with STORE_URL.`,
    });
  });

  it('is nothing where a store can be made', () => {
    expect(obstacleOf(join(theirFolder(), 'parley.sqlite'))).toBeNull();
  });
});
