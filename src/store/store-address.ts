import { resolve } from 'node:path';

/** The endings of what SQLite keeps beside a file, and has to write too. @see https://www.sqlite.org/tempfiles.html */
export const COMPANIONS = ['-wal', '-shm', '-journal'] as const;

const FILE = /^sqlite:\/\/(.+)$/u;

/** The file that `STORE_URL` names, absolute; undefined where there is none. */
export const storeFile = (url: string): string | undefined => {
  const path = FILE.exec(url)?.[1];
  return path === undefined ? undefined : resolve(path);
};

/** A store's address may hold a password, behind the host too. */
export const shownStore = (url: string): string => url.replace(/\/\/[^/]*@/u, '//…@').replace(/\?.*$/u, '');

/** Whether a store is a PostgreSQL database. */
export const isPostgres = (url: string): boolean => /^postgres(?:ql)?:\/\//u.test(url);
