import { hash } from 'node:crypto';
import type { Log } from '../../log/log.ts';

/** Whether the bot's token has worked on this store, in whichever process. */
export interface KnownToken {
  /** Never rejects: what cannot be read is not known. */
  hasWorked(): Promise<boolean>;
  /** Notes that it works. */
  works(): void;
}

export interface KnownTokenOptions {
  readonly token: string;
  readonly notebook: { get(key: string): Promise<string | undefined>; set(key: string, text: string, ttlMs: number): Promise<void> };
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  readonly log: Log;
}

/** How long a process may run, in milliseconds, whose successor still knows it, however soon conversations are forgotten. */
const KEPT_MS = 366 * 24 * 60 * 60 * 1000;

/** Nothing that the token could be read from. */
const keyOf = (token: string): string => `token:${hash('sha256', `worked:${token}`, 'base64url').slice(0, 22)}`;

export const createKnownToken = ({ token, notebook, now, log }: KnownTokenOptions): KnownToken => {
  const warn = (error: unknown): void => log.warn({ reason: String(error) }, 'the store could not be asked about the token, or told of it');
  return {
    hasWorked: async () => {
      try {
        return Number(await notebook.get(keyOf(token))) > 0;
      } catch (error) {
        warn(error);
        return false;
      }
    },
    works: () => void notebook.set(keyOf(token), String(now()), KEPT_MS).catch(warn),
  };
};
