import { constants, accessSync, lstatSync, statSync } from 'node:fs';
import { dirname, join, parse, relative, sep } from 'node:path';
import { COMPANIONS } from './store-address.ts';
import type { Stats } from 'node:fs';

/** What keeps a store from ever working, and what to do about it; a sentence or two each. */
export interface Obstacle {
  readonly says: string;
  readonly cure: string;
}

const ELSEWHERE = 'or name another place with STORE_URL';

const codeOf = (error: unknown): string => (error instanceof Error && 'code' in error ? String(error.code) : '');

/** For a shell: nothing in it is expanded. */
const word = (text: string): string => (/^[\w./-]+$/u.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`);

const us = (): number | undefined => process.getuid?.();

const kindOf = (stats: Stats): string => (stats.isDirectory() ? 'folder' : 'file');

/** `belongs to uid 0 (mode 755)`. */
const ownerOf = ({ uid, mode }: Stats): string => `belongs to uid ${uid} (mode ${(mode & 0o777).toString(8)})`;

/** The folders of every Linux, and what the kernel keeps. @see https://refspecs.linuxfoundation.org/FHS_3.0/fhs/index.html */
const OF_THE_MACHINE = /^\/(?:bin|boot|etc|home|lib\d*|media|mnt|opt|root|run|sbin|srv|tmp|usr|var|(?:dev|proc|sys)(?:\/.*)?)\/?$/u;
const isOfTheMachine = (path: string): boolean => path === parse(path).root || OF_THE_MACHINE.test(path);

const mayNotUse = (path: string, stats: Stats, makes: string | undefined): Obstacle => {
  const uid = us();
  const says = `Parley runs as ${uid === undefined ? 'a user' : `uid ${uid}`} and may not ${stats.isDirectory() ? 'write into' : 'read and write'} the ${kindOf(stats)} ${path}, which ${ownerOf(stats)}.`;
  const owner = uid ?? 'USER';
  if (stats.uid === uid) {
    const isGranted = (stats.mode & 0o600) === 0o600;
    const grant = isGranted ? 'Something beside the owner and the mode forbids it: where SELinux is in force, mount the volume with ":z"' : `Run: chmod ${stats.isDirectory() ? 'u+rwx' : 'u+rw'} ${word(path)}`;
    return { says, cure: `${grant}; ${ELSEWHERE}.` };
  }
  if (makes !== undefined) return { says, cure: `Run as root: mkdir -p ${word(makes)} && chown ${owner} ${word(makes)}; ${ELSEWHERE}.` };
  // Nobody should give the whole machine away for it.
  if (isOfTheMachine(path)) return { says, cure: 'Name a file in a folder of its own with STORE_URL.' };
  return { says, cure: `Run as root: chown ${owner} ${word(path)}; ${ELSEWHERE}.` };
};

const isReadOnly = (path: string): Obstacle => ({
  says: `${path} lies on a file system that is mounted read-only, and Parley has to write there.`,
  cure: `Mount it to be written to (in a container: a volume without ":ro"), ${ELSEWHERE}.`,
});

/** @param makes the folder that has to be made in it */
const accessObstacle = (path: string, stats: Stats, makes?: string): Obstacle | undefined => {
  try {
    accessSync(path, stats.isDirectory() ? constants.W_OK | constants.X_OK : constants.R_OK | constants.W_OK);
    return undefined;
  } catch (error) {
    const code = codeOf(error);
    if (code === 'EROFS') return isReadOnly(path);
    return code === 'EACCES' || code === 'EPERM' ? mayNotUse(path, stats, makes) : undefined;
  }
};

const lookAt = (path: string): Stats | undefined => statSync(path, { throwIfNoEntry: false });

const isThereAsLink = (path: string): boolean => lstatSync(path, { throwIfNoEntry: false }) !== undefined;

/** From the top down: what has to be a folder, and the last that is there has to take what is missing. */
const folderObstacle = (folder: string): Obstacle | undefined => {
  const { root } = parse(folder);
  const names = relative(root, folder).split(sep).filter((name) => name !== '');
  let above = root;
  let aboveStats = lookAt(root);
  for (const path of names.map((_name, index) => join(root, ...names.slice(0, index + 1)))) {
    let stats: Stats | undefined;
    try {
      stats = lookAt(path);
    } catch (error) {
      // One of them may not be looked into.
      return codeOf(error) === 'EACCES' && aboveStats !== undefined ? mayNotUse(above, aboveStats, undefined) : undefined;
    }
    if (stats === undefined) {
      if (isThereAsLink(path)) return { says: `${path} is a link to a place that is not there.`, cure: `Make the folder that it leads to, ${ELSEWHERE}.` };
      return aboveStats && accessObstacle(above, aboveStats, folder);
    }
    if (!stats.isDirectory()) return { says: `${path} is a file, and Parley needs a folder there for its store.`, cure: `Move it away, ${ELSEWHERE}.` };
    above = path;
    aboveStats = stats;
  }
  return aboveStats && accessObstacle(folder, aboveStats);
};

const fileObstacle = (path: string): Obstacle | undefined => {
  const stats = lookAt(path);
  if (stats === undefined) return undefined;
  if (stats.isFile()) return accessObstacle(path, stats);
  return {
    says: stats.isDirectory() ? `${path} is a folder, and Parley needs a file there for its store.` : `${path} is no ordinary file, and Parley needs one there for its store.`,
    cure: 'Move it away, or name another file with STORE_URL.',
  };
};

/**
 * What the file system says against a store, of what only an admin can change: folders, owners, modes, mounts. Undefined where
 * it says nothing. Nothing is opened: a file that is in use must not be, and a pipe would wait.
 * @param path absolute
 */
export const findObstacle = (path: string): Obstacle | undefined => {
  try {
    return folderObstacle(dirname(path)) ?? ['', ...COMPANIONS].map((ending) => fileObstacle(`${path}${ending}`)).find((found) => found !== undefined);
  } catch {
    // Whoever opens it next says it.
    return undefined;
  }
};
