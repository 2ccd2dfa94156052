import type { RESTOptions } from 'discord.js';

type MakeRequest = RESTOptions['makeRequest'];
type RestResponse = Awaited<ReturnType<MakeRequest>>;

/** What discord.js takes for a fault of Discord's, and tries again. */
const unavailable = (): RestResponse => new Response('{"message":"401: doubted","code":0}', { status: 503, headers: { 'content-type': 'application/json' } });

/** Webhooks and interactions have tokens of their own, whose refusal means nothing to the rest. */
const hasBotToken = ({ headers }: Parameters<MakeRequest>[1]): boolean => headers !== undefined && headers !== null && 'Authorization' in headers;

/**
 * One refusal of the bot's token proves nothing: a proxy or a part of Discord may be out of order for a moment, while discord.js
 * forgets the token at once. It is looked at a second time where nothing but the token counts; unless it is refused there as well,
 * the first refusal passes for a fault that may be over the next time.
 * @see https://discord.com/developers/docs/resources/user#get-current-user
 */
export const doubtRefusedToken =
  (makeRequest: MakeRequest, onTokenRefused: () => void): MakeRequest =>
  async (url, init) => {
    const response = await makeRequest(url, init);
    if (response.status !== 401 || !hasBotToken(init)) return response;
    const root = /^.*\/v\d+(?=\/)/u.exec(url)?.[0];
    const isRefusedTwice = async (): Promise<boolean> => {
      if (root === undefined) return true;
      const { Authorization, 'User-Agent': userAgent } = init.headers as unknown as Record<string, string>;
      const headers = { Authorization, ...(userAgent === undefined ? {} : { 'User-Agent': userAgent }) };
      const second = await makeRequest(`${root}/users/@me`, { method: 'GET', headers, ...(init.signal === undefined ? {} : { signal: init.signal }) } as never);
      await second.arrayBuffer();
      return second.status === 401;
    };
    // Whoever cannot be asked has not refused it.
    if (!(await isRefusedTwice().catch(() => false))) {
      await response.arrayBuffer().catch(() => undefined);
      return unavailable();
    }
    onTokenRefused();
    return response;
  };
