import { setTimeout as sleep } from 'node:timers/promises';
import type { RESTOptions } from 'discord.js';

type MakeRequest = RESTOptions['makeRequest'];
type RestResponse = Awaited<ReturnType<MakeRequest>>;

export interface LostMessages {
  /** Any message that an event tells of. Never throws. */
  heard(message: unknown): void;
  /** Takes what an event told of for the answer that did not come. */
  watching(makeRequest: MakeRequest): MakeRequest;
}

const CREATE = /\/channels\/\d+\/messages(?:\?.*)?$/u;

/** Messages of which nobody knew whether they are there, and those that events told of while requests were under way. */
const REMEMBERED = 1_000;
/** How long after the lost answer an event may tell of the message, in milliseconds: it comes with the message, mostly before the answer. */
const HEARD_WITHIN_MS = 250;
const EVERY_MS = 25;

interface Message {
  readonly id: string;
  readonly content: string;
  readonly components: unknown;
}

const isFields = (value: unknown): value is Readonly<Record<string, unknown>> => typeof value === 'object' && value !== null;

/** The nonce that a request brings. */
const nonceOf = (body: unknown): string | undefined => {
  try {
    const { nonce } = JSON.parse(String(body instanceof FormData ? body.get('payload_json') : body)) as { nonce?: unknown };
    return typeof nonce === 'string' ? nonce : undefined;
  } catch {
    return undefined;
  }
};

const setLast = <Value>(map: Map<string, Value>, key: string, value: Value): void => {
  map.delete(key);
  map.set(key, value);
  const [oldest] = map.keys();
  if (map.size > REMEMBERED && oldest !== undefined) map.delete(oldest);
};

/**
 * Discord may make a message, and its answer be lost; and whatever was lost may be refused the next time, as a permission is gone. The
 * nonce then brings nothing back, and where we may not read the channel either, nobody would know of the message: it would be
 * said twice, or stay a draft for ever. But the event that tells of each message of ours carries its nonce.
 * @see https://discord.com/developers/docs/resources/message#create-message
 */
export const createLostMessages = (): LostMessages => {
  /** By nonce: what events told of while a request was under way. */
  const told = new Map<string, Message>();
  /** By nonce: requests of which nobody knows what they did, and their messages where events told of them. */
  const doubtful = new Map<string, Message | undefined>();
  let underWay = 0;

  /** Once: whoever gets it knows of it from then on. */
  const take = (nonce: string): Message | undefined => {
    const message = doubtful.get(nonce) ?? told.get(nonce);
    if (message !== undefined) doubtful.delete(nonce);
    return message;
  };

  const takeSoon = async (nonce: string, signal: AbortSignal | null | undefined): Promise<Message | undefined> => {
    const until = performance.now() + HEARD_WITHIN_MS;
    for (;;) {
      const message = take(nonce);
      if (message !== undefined || signal?.aborted === true || performance.now() > until) return message;
      await sleep(EVERY_MS);
    }
  };

  const create = async (makeRequest: MakeRequest, url: string, init: Parameters<MakeRequest>[1]): Promise<RestResponse> => {
    const doubt = (): Promise<Message | undefined> | undefined => {
      const nonce = nonceOf(init.body);
      if (nonce === undefined) return undefined;
      if (!doubtful.has(nonce)) setLast(doubtful, nonce, told.get(nonce));
      return takeSoon(nonce, init.signal);
    };
    let response: RestResponse;
    try {
      response = await makeRequest(url, init);
    } catch (error) {
      const message = await doubt();
      if (message === undefined) throw error;
      return Response.json(message);
    }
    if (response.ok) return response;
    const nonce = response.status >= 500 || doubtful.size === 0 ? undefined : nonceOf(init.body);
    const message = response.status >= 500 ? await doubt() : nonce !== undefined && doubtful.has(nonce) ? await takeSoon(nonce, init.signal) : undefined;
    if (message === undefined) return response;
    await response.arrayBuffer().catch(() => undefined);
    return Response.json(message);
  };

  return {
    heard: (data) => {
      if ((underWay === 0 && doubtful.size === 0) || !isFields(data)) return;
      const { id, nonce, content, components = [] } = data;
      if (typeof id !== 'string' || typeof nonce !== 'string' || typeof content !== 'string') return;
      if (doubtful.has(nonce)) setLast(doubtful, nonce, { id, content, components });
      else if (underWay > 0) setLast(told, nonce, { id, content, components });
    },
    watching: (makeRequest) => async (url, init) => {
      if (init.method !== 'POST' || !CREATE.test(url)) return makeRequest(url, init);
      underWay += 1;
      try {
        return await create(makeRequest, url, init);
      } finally {
        underWay -= 1;
        if (underWay === 0) told.clear();
      }
    },
  };
};
