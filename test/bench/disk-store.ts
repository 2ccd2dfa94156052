import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const folders: string[] = [];
process.once('exit', () => folders.forEach((folder) => rmSync(folder, { recursive: true, force: true })));

/** A new folder, which goes when this process ends. */
export const newFolder = (): string => {
  const folder = mkdtempSync(join(tmpdir(), 'parley-bench-'));
  folders.push(folder);
  return folder;
};

/** The address of a new store on the disk, which goes when this process ends. */
export const newDiskStore = (): string => `sqlite://${join(newFolder(), 'store.sqlite')}`;
