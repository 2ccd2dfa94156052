import { setTimeout as pause } from 'node:timers/promises';
import type { RESTOptions } from 'discord.js';

type MakeRequest = RESTOptions['makeRequest'];
type RestResponse = Awaited<ReturnType<MakeRequest>>;

/** Milliseconds before each further look at a token that worked before. */
const LOOK_AGAIN_AFTER_MS = [2_000, 2_000, 2_000] as const;

/** What discord.js takes for a fault of Discord's, and tries again. */
const unavailable = (): RestResponse => new Response('{"message":"401: doubted","code":0}', { status: 503, headers: { 'content-type': 'application/json' } });

/** Webhooks and interactions have tokens of their own, whose refusal means nothing to the rest. */
const hasBotToken = ({ headers }: Parameters<MakeRequest>[1]): boolean => headers !== undefined && headers !== null && 'Authorization' in headers;

/**
 * A refusal of the bot's token proves little: a proxy or a part of Discord may be out of order for some seconds, while discord.js
 * forgets the token at once. It is looked at where nothing but the token counts: once if it has never worked, and several
 * times, some seconds apart, if it has. Unless it is refused there each time, the refusals pass for a fault that may be
 * over the next time.
 * @see https://discord.com/developers/docs/resources/user#get-current-user
 */
export const doubtRefusedToken = (makeRequest: MakeRequest, onTokenRefused: () => void): MakeRequest => {
  let hasWorked = false;
  let isRefused = false;
  /** While it lasts, all refusals wait for the same looks, or pass for a fault. */
  let looking: Promise<void> | undefined;

  const isRefusedAgain = async (url: string, { headers }: Parameters<MakeRequest>[1]): Promise<boolean> => {
    const root = /^.*\/v\d+(?=\/)/u.exec(url)?.[0];
    if (root === undefined) return true;
    const { Authorization, 'User-Agent': userAgent } = headers as unknown as Record<string, string>;
    const ours = { Authorization, ...(userAgent === undefined ? {} : { 'User-Agent': userAgent }) };
    const second = await makeRequest(`${root}/users/@me`, { method: 'GET', headers: ours } as never);
    await second.arrayBuffer();
    return second.status === 401;
  };

  const look = async (url: string, init: Parameters<MakeRequest>[1]): Promise<void> => {
    for (const afterMs of [0, ...(hasWorked ? LOOK_AGAIN_AFTER_MS : [])]) {
      if (afterMs > 0) await pause(afterMs, undefined, { ref: false });
      // Whoever cannot be asked has not refused it.
      if (!(await isRefusedAgain(url, init).catch(() => false))) return;
    }
    isRefused = true;
    onTokenRefused();
  };

  return async (url, init) => {
    const response = await makeRequest(url, init);
    if (!hasBotToken(init)) return response;
    hasWorked ||= response.ok;
    if (response.status !== 401 || isRefused) return response;
    looking ??= look(url, init).finally(() => (looking = undefined));
    // A request must not wait for seconds: discord.js would give it up.
    if (!hasWorked) await looking;
    if (isRefused) return response;
    await response.arrayBuffer().catch(() => undefined);
    return unavailable();
  };
};
