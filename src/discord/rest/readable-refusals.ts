import { DiscordAPIError } from 'discord.js';
import type { DiscordErrorData, RESTOptions } from 'discord.js';

type MakeRequest = RESTOptions['makeRequest'];

/** Of a refusal's body, in characters: a proxy's page is of no use to anybody. */
const MAX_BODY = 100_000;

const TITLE = /<title>([^<]{1,200})<\/title>/iu;

const isObject = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null && !Array.isArray(value);

const parsed = (text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
};

/** Whether discord.js can make an error of it: what it does not expect inside makes it fail itself. */
const isReadable = (data: Record<string, unknown>): boolean => {
  try {
    return new DiscordAPIError(data as unknown as DiscordErrorData, 0, 400, '', '', {}) instanceof Error;
  } catch {
    return false;
  }
};

/** The body of a refusal as Discord writes them, whatever it was. @see https://discord.com/developers/docs/reference#error-messages */
export const refusalBody = (text: string, status: number): Record<string, unknown> => {
  const data = parsed(text);
  if (!isObject(data)) return { message: TITLE.exec(text)?.[1]?.trim() ?? `${status}: no words of Discord's`, code: 0 };
  const { code, message, errors, ...rest } = data;
  // What refuses an OAuth2 grant has words of its own, which discord.js knows.
  const isGrant = code === undefined && typeof data['error'] === 'string';
  const told = {
    ...rest,
    ...(isGrant ? {} : { code: typeof code === 'number' || typeof code === 'string' ? code : 0 }),
    ...(typeof message === 'string' ? { message } : {}),
  };
  return errors !== undefined && isReadable({ ...told, errors }) ? { ...told, errors } : told;
};

/**
 * discord.js takes the body of a refusal for an object with a code. A page of HTML, a list or nothing at all gives it no code,
 * or an error of its own that looks as if no answer had come: here all of them become refusals that can be judged.
 */
export const readableRefusals =
  (makeRequest: MakeRequest): MakeRequest =>
  async (url, init) => {
    const response = await makeRequest(url, init);
    const { status } = response;
    if (status < 400 || status >= 500) return response;
    const text = await response.text().catch(() => '');
    const headers = { ...Object.fromEntries(response.headers.entries()), 'content-type': 'application/json' };
    return new Response(JSON.stringify(refusalBody(text.slice(0, MAX_BODY), status)), { status, headers });
  };
