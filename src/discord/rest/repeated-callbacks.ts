import { RESTJSONErrorCodes } from 'discord.js';
import { createRecentIds } from './recent-ids.ts';
import type { RESTOptions } from 'discord.js';

type MakeRequest = RESTOptions['makeRequest'];

const CALLBACK = /\/interactions\/(\d+)\/[^/?]+\/callback(\?.*with_response=true)?/u;

/** Callbacks without an answer are repeated within seconds. */
const REMEMBERED = 1_000;

/**
 * discord.js sends the first response to an interaction anew when Discord did not answer or failed. Where the first one worked
 * all the same, the second is refused as one too many, and whatever was to come behind it would never come: that refusal is
 * a success. Not where another process has responded, and not where the message of the response is asked for, which a refusal
 * does not have.
 */
export const acceptRepeatedCallbacks = (makeRequest: MakeRequest): MakeRequest => {
  const doubtful = createRecentIds(REMEMBERED);
  return async (url, init) => {
    const [, id, asksForMessage] = CALLBACK.exec(url) ?? [];
    if (id === undefined) return makeRequest(url, init);
    try {
      const response = await makeRequest(url, init);
      if (response.status >= 500) doubtful.add(id);
      if (response.ok || response.status >= 500 || asksForMessage !== undefined || !doubtful.has(id)) return response;
      const text = await response.text();
      const isRepeated = text.includes(String(RESTJSONErrorCodes.InteractionHasAlreadyBeenAcknowledged));
      if (isRepeated) return new Response(null, { status: 204 });
      return new Response(text, { status: response.status, headers: Object.fromEntries(response.headers.entries()) });
    } catch (error) {
      doubtful.add(id);
      throw error;
    }
  };
};
