import { readFileSync } from 'node:fs';

const KIB_PER_MIB = 1_024;

/** A file of `/proc` of a process; empty when that has ended. */
const proc = (pid: number | string, file: string): string => {
  try {
    return readFileSync(`/proc/${pid}/${file}`, 'utf8');
  } catch {
    return '';
  }
};

const kibOf = (text: string, name: string): number => Number(new RegExp(`^${name}:\\s+(\\d+) kB`, 'mu').exec(text)?.[1] ?? 0);

/** What is resident of each part of a file that a process has mapped, in KiB, without the pages that it has changed. */
const fileParts = (pid: number | string): ReadonlyMap<string, number> => {
  const parts = new Map<string, number>();
  // Each begins with its addresses, its rights, and where in which file it is.
  for (const part of proc(pid, 'smaps').split(/^(?=[\da-f]+-[\da-f]+ )/mu)) {
    const [, offset, device, inode] = /^\S+ \S+ (\S+) (\S+) (\d+)/u.exec(part) ?? [];
    if (inode === undefined || inode === '0') continue;
    const key = `${device} ${inode} ${offset}`;
    parts.set(key, (parts.get(key) ?? 0) + kibOf(part, 'Rss') - kibOf(part, 'Anonymous'));
  }
  return parts;
};

/** Resident memory of a process, in MiB; 0 when it has ended. */
export const residentMiB = (pid: number | string): number => kibOf(proc(pid, 'status'), 'VmRSS') / KIB_PER_MIB;

/**
 * The same with the processes that it has started, in MiB, as a container would count it: what several have mapped of a file,
 * such as the engine itself, is in memory once.
 */
export const residentOfAllMiB = (pid: number): number => {
  const children = proc(pid, `task/${pid}/children`).split(' ').filter((child) => child !== '');
  if (children.length === 0) return residentMiB(pid);
  const pids = [pid, ...children];
  const files = new Map<string, number>();
  for (const one of pids) for (const [key, kib] of fileParts(one)) files.set(key, Math.max(files.get(key) ?? 0, kib));
  const own = pids.map((one) => proc(one, 'status')).reduce((sum, status) => sum + kibOf(status, 'RssAnon') + kibOf(status, 'RssShmem'), 0);
  return (own + [...files.values()].reduce((sum, kib) => sum + kib, 0)) / KIB_PER_MIB;
};
