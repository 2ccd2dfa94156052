import { REST } from 'discord.js';
import type { RESTOptions } from 'discord.js';

/** Milliseconds for an answer, and for a limit before it. */
const WITHIN_MS = 10_000;

export interface ImpatientRestOptions extends Partial<Pick<RESTOptions, 'makeRequest' | 'retries'>> {
  readonly discordToken: string;
  /** Instead of Discord's own address, without the version. */
  readonly apiUrl: string | undefined;
}

/**
 * For a few requests whose answers somebody waits for. A longer limit is told, as a `RateLimitError`: discord.js would wait for all of
 * it, hours where Discord shuts out this address, and neither a signal nor its timeout ends that.
 */
export const createImpatientRest = ({ discordToken, apiUrl, ...options }: ImpatientRestOptions): REST =>
  new REST({
    ...(apiUrl === undefined ? {} : { api: apiUrl }),
    timeout: WITHIN_MS,
    retries: 0,
    rejectOnRateLimit: ({ timeToReset, retryAfter, sublimitTimeout }) => Math.max(timeToReset, retryAfter, sublimitTimeout) > WITHIN_MS,
    ...options,
  }).setToken(discordToken);

/** What to do where Discord says for how long it takes no request. */
export const LIMIT_CURE = 'Try again after that, and not before: Discord shuts out an address that goes on asking for too much.';
