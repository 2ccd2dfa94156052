import { resolve } from 'node:path';

const FILE = /^sqlite:\/\/(.+)$/u;

/** The file that `STORE_URL` names, absolute; undefined where there is none. */
export const storeFile = (url: string): string | undefined => {
  const path = FILE.exec(url)?.[1];
  return path === undefined ? undefined : resolve(path);
};

/** A store's address may hold a password. */
export const shownStore = (url: string): string => url.replace(/\/\/[^/@]*@/u, '//…@');
