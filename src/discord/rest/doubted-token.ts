import { setTimeout as pause } from 'node:timers/promises';
import type { RESTOptions } from 'discord.js';

type MakeRequest = RESTOptions['makeRequest'];
type RestResponse = Awaited<ReturnType<MakeRequest>>;

/** Milliseconds before each further look at a token that worked before: a minute of them. */
export const LOOK_AGAIN_AFTER_MS: readonly number[] = [2_000, 4_000, 8_000, 16_000, 30_000];

/** What discord.js takes for a fault of Discord's, and tries again. */
const unavailable = (): RestResponse => new Response('{"message":"401: doubted","code":0}', { status: 503, headers: { 'content-type': 'application/json' } });

/** Webhooks and interactions have tokens of their own, whose refusal means nothing to the rest. */
const hasBotToken = ({ headers }: Parameters<MakeRequest>[1]): boolean => headers !== undefined && headers !== null && 'Authorization' in headers;

export interface DoubtedTokenOptions {
  readonly onTokenRefused: () => void;
  /** Whether it has worked for an earlier process. Never rejects. */
  readonly hasTokenWorked: () => Promise<boolean>;
  /** Resolves after so many milliseconds, and keeps no process alive. */
  readonly wait?: (ms: number) => Promise<unknown>;
}

/**
 * A refusal of the bot's token proves little: a proxy or a part of Discord may be out of order for some seconds, while discord.js
 * forgets the token at once. It is looked at where nothing but the token counts: once if it has never worked, and again and
 * again for a minute if it has, for this process or an earlier one. Unless it is refused there each time, and taken nowhere
 * meanwhile, the refusals pass for a fault that may be over the next time.
 * @see https://discord.com/developers/docs/resources/user#get-current-user
 */
export const doubtRefusedToken = (
  makeRequest: MakeRequest,
  { onTokenRefused, hasTokenWorked, wait = (ms) => pause(ms, undefined, { ref: false }) }: DoubtedTokenOptions,
): MakeRequest => {
  /** Requests that Discord took with this token. */
  let taken = 0;
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

  const look = async (url: string, init: Parameters<MakeRequest>[1], laterLooks: readonly number[]): Promise<void> => {
    const takenBefore = taken;
    for (const afterMs of [0, ...laterLooks]) {
      if (afterMs > 0) await wait(afterMs);
      // What took it meanwhile knows it.
      if (taken > takenBefore) return;
      // Whoever cannot be asked has not refused it.
      if (!(await isRefusedAgain(url, init).catch(() => false))) return;
    }
    isRefused = true;
    onTokenRefused();
  };

  return async (url, init) => {
    const response = await makeRequest(url, init);
    if (!hasBotToken(init)) return response;
    if (response.ok) taken += 1;
    if (response.status !== 401 || isRefused) return response;
    const isKnown = taken > 0 || (await hasTokenWorked());
    if (isRefused) return response;
    looking ??= look(url, init, isKnown ? LOOK_AGAIN_AFTER_MS : []).finally(() => (looking = undefined));
    // A request must not wait for a minute: discord.js would give it up.
    if (!isKnown) await looking;
    if (isRefused) return response;
    await response.arrayBuffer().catch(() => undefined);
    return unavailable();
  };
};
