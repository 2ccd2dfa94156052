import { statSync } from 'node:fs';
import { readTextFile } from './text-file.ts';

/**
 * The content of a file that somebody may replace while the program runs, as Docker and Kubernetes do with secrets.
 * A file that is gone or half-written for a moment leaves the last good content in force.
 * @throws when the file cannot be read to begin with
 */
export const readSecretFile = (path: string, isGood: (content: string) => boolean): { readonly read: () => string } => {
  const stamp = (): string => {
    const { mtimeMs, ino, size } = statSync(path);
    return `${mtimeMs}:${ino}:${size}`;
  };
  let seen = stamp();
  let content = readTextFile(path).trim();
  const look = (): void => {
    const now = stamp();
    if (now === seen) return;
    const fresh = readTextFile(path).trim();
    if (!isGood(fresh)) return;
    seen = now;
    content = fresh;
  };
  return {
    read: () => {
      try {
        look();
      } catch {
        // Gone for a moment: a replacement is on its way.
      }
      return content;
    },
  };
};
