import { statSync } from 'node:fs';
import { readTextFile } from './text-file.ts';
import { whyUnreadable } from './why-unreadable.ts';

export interface SecretFile {
  readonly read: () => string;
  /** Why what is there now is not what was read last, as the rest of a sentence that begins with the file; undefined where it is. */
  readonly problem: () => string | undefined;
}

/**
 * The content of a file that somebody may replace while the program runs, as Docker and Kubernetes do with secrets.
 * A file that is gone or half-written for a moment leaves the last good content in force.
 * @param problemOf what is wrong with a content, if anything
 * @throws when the file cannot be read to begin with
 */
export const readSecretFile = (path: string, problemOf: (content: string) => string | undefined): SecretFile => {
  const stamp = (): string => {
    const { mtimeMs, ino, size } = statSync(path);
    return `${mtimeMs}:${ino}:${size}`;
  };
  let seen = stamp();
  let content = readTextFile(path).trim();
  /** What keeps the last content in force. */
  const look = (): string | undefined => {
    try {
      const now = stamp();
      if (now === seen) return undefined;
      const fresh = readTextFile(path).trim();
      const problem = problemOf(fresh);
      if (problem !== undefined) return problem;
      seen = now;
      content = fresh;
      return undefined;
    } catch (error) {
      // Gone for a moment, perhaps: a replacement is on its way.
      return whyUnreadable(path, error);
    }
  };
  return {
    read: () => {
      look();
      return content;
    },
    problem: look,
  };
};
