import { statSync } from 'node:fs';
import { dirname, isAbsolute, resolve } from 'node:path';
import type { Stats } from 'node:fs';

/** As whom the program runs; undefined on systems that have no such ids. */
export interface RunsAs {
  readonly uid: number;
  readonly groups: readonly number[];
}

const whoWeAre = (): RunsAs | undefined => {
  const uid = process.geteuid?.();
  return uid === undefined ? undefined : { uid, groups: [process.getegid?.() ?? -1, ...(process.getgroups?.() ?? [])] };
};

const statsOf = (path: string): Stats | undefined => {
  try {
    return statSync(path, { throwIfNoEntry: false });
  } catch {
    return undefined;
  }
};

/** The three bits of a mode that count for us. */
const ourBits = ({ mode, uid, gid }: Stats, we: RunsAs): number => (uid === we.uid ? mode >> 6 : we.groups.includes(gid) ? mode >> 3 : mode) & 0o7;

const READ = 0o4;
const ENTER = 0o1;

const describeOwner = ({ mode, uid }: Stats, we: RunsAs): string =>
  `belongs to uid ${uid} (mode ${(mode & 0o7777).toString(8).padStart(4, '0')}), and Parley runs as uid ${we.uid}`;

/** The outermost folder on the way to a file that may not be entered. */
const closedFolder = (path: string, we: RunsAs): string | undefined => {
  const folder = dirname(path);
  const outer = folder === path ? undefined : closedFolder(folder, we);
  if (outer !== undefined) return outer;
  const stats = statsOf(folder);
  return stats !== undefined && (ourBits(stats, we) & ENTER) === 0 ? folder : undefined;
};

const whyForbidden = (path: string, we: RunsAs): string => {
  const folder = closedFolder(path, we);
  const folderStats = folder === undefined ? undefined : statsOf(folder);
  if (folder !== undefined && folderStats !== undefined) {
    return `cannot be read: its folder ${folder} ${describeOwner(folderStats, we)}. Give it to that user (chown ${we.uid}), or let others enter it (chmod a+x)`;
  }
  const stats = statsOf(path);
  if (stats === undefined) return 'cannot be read by the user that Parley runs as: change its owner or its mode';
  const owner = `cannot be read: it ${describeOwner(stats, we)}`;
  if ((ourBits(stats, we) & READ) !== 0) return `${owner}, which would do, but the system forbids it (SELinux? Then mount it with :z)`;
  return stats.uid === we.uid ? `${owner}. Let that user read it (chmod u+r)` : `${owner}. Give it to that user (chown ${we.uid}; where it is mounted into a container, on the host)`;
};

/** Why a file cannot be read and what helps, as the rest of a sentence, without its end, that begins with the file. */
export const whyUnreadable = (path: string, error: unknown, we = whoWeAre()): string => {
  const code = error instanceof Error && 'code' in error ? String(error.code) : 'error';
  if (code === 'ENOENT') return isAbsolute(path) ? 'is not there' : `is not there: ${resolve(path)} was looked for`;
  if (code === 'EISDIR') return 'is a folder: put a file in its place';
  if ((code === 'EACCES' || code === 'EPERM') && we !== undefined) return whyForbidden(resolve(path), we);
  return `cannot be read (${code})`;
};
