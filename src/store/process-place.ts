import { existsSync, readFileSync, readlinkSync } from 'node:fs';
import { hostname } from 'node:os';
import { machineClock } from './machine-clock.ts';

/** Where a process runs, so that another one there can tell whether it is gone. */
export interface ProcessPlace {
  readonly pid: number;
  /** Within which process ids are unique at a time: this boot of this machine, and the container if it is one. */
  readonly space: string;
  /** When it began, by the kernel's count; undefined where nobody says so. Process ids are used again. */
  readonly begun: string | undefined;
  /** The container, which one space of process ids after the other belongs to, as often as it is started anew; undefined outside of one, or where nobody says so. */
  readonly container: string | undefined;
}

const attempt = (read: () => string): string => {
  try {
    return read().trim();
  } catch {
    return '';
  }
};

/** Docker's sign of a container, and Podman's. */
const ENGINE_SIGNS = ['/.dockerenv', '/run/.containerenv'];

/** Of what stands behind the program's name, which may hold anything. @see https://man7.org/linux/man-pages/man5/proc_pid_stat.5.html */
const BEGUN_AT = 19;

export const begunIn = (stat: string): string | undefined => {
  const field = stat.slice(stat.lastIndexOf(')') + 2).split(' ')[BEGUN_AT];
  return field !== undefined && /^\d+$/u.test(field) ? field : undefined;
};

/**
 * Kubernetes mounts a file of the pod's container; elsewhere what the container writes lies in a layer of its own, that goes with it, and
 * that no two containers have. Host names, and the files that tell them, may be those of several.
 * @param isInEngine whether an engine says that this is a container: machines may have such a root, too
 * @see https://man7.org/linux/man-pages/man5/proc_pid_mountinfo.5.html
 */
export const containerIn = (mounts: string, isInEngine: boolean): string | undefined => {
  for (const line of mounts.split('\n')) {
    const [, inPod] = / \S*\/pods\/([^/ ]+\/containers\/[^/ ]+)\/\S+ \/dev\/termination-log /u.exec(line) ?? [];
    if (inPod !== undefined) return inPod;
  }
  if (!isInEngine) return undefined;
  const root = mounts.split('\n').find((line) => line.split(' ')[4] === '/');
  return /[ ,]upperdir=([^, ]+)/u.exec(root ?? '')?.[1];
};

export const ownPlace = (): ProcessPlace => {
  const container = containerIn(attempt(() => readFileSync('/proc/self/mountinfo', 'utf8')), ENGINE_SIGNS.some((path) => existsSync(path)));
  return {
    pid: process.pid,
    space: [hostname(), machineClock.id, attempt(() => readlinkSync('/proc/self/ns/pid'))].join(' '),
    begun: begunIn(attempt(() => readFileSync('/proc/self/stat', 'utf8'))),
    container: container === undefined || machineClock.id === '' ? undefined : `${machineClock.id} ${container}`,
  };
};

const isRunning = (pid: number): boolean => {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
};

/** Whether a process is known to be gone, whatever its sign of life says: of this machine, or of this container before it was started anew. */
export const isKnownGone = (other: ProcessPlace, here: ProcessPlace): boolean => {
  if (other.space !== here.space) return other.container !== undefined && other.container === here.container;
  if (other.pid !== here.pid) return !isRunning(other.pid);
  return other.begun !== undefined && here.begun !== undefined && other.begun !== here.begun;
};
