import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** The address of a new store on the disk, which goes when this process ends. */
export const newDiskStore = (): string => {
  const folder = mkdtempSync(join(tmpdir(), 'parley-bench-'));
  process.once('exit', () => rmSync(folder, { recursive: true, force: true }));
  return `sqlite://${join(folder, 'store.sqlite')}`;
};
