import { setTimeout as sleep } from 'node:timers/promises';
import type { RESTOptions } from 'discord.js';

type MakeRequest = RESTOptions['makeRequest'];
type RestResponse = Awaited<ReturnType<MakeRequest>>;

export interface LostMessages {
  /** Any message that an event tells of. Never throws. */
  heard(message: unknown): void;
  /** The same of an event that a process that is gone did not hear, or not to its end. */
  heardOfEarlier(message: unknown): void;
  /** No more is to come on that shard of what was under way when it came to this process. */
  heardAllOfEarlier(shardId: number): void;
  /** The shard is another process's; it may come back, with what that one has left. */
  left(shardId: number): void;
  /**
   * The ids of the messages in a channel that a process that is gone has made under one of these nonces. Where that is not known yet
   * of a shard of this process, it is waited for, a few seconds at most.
   */
  leftBehind(channelId: string, nonces: readonly string[]): Promise<readonly string[]>;
  /** Nobody wants a message any more of which nobody knows whether it is there. @param onHeard gets its id once, when an event has told of it */
  forsake(nonce: string, onHeard: (messageId: string) => void): void;
  /** Takes what an event told of for the answer that did not come. */
  watching(makeRequest: MakeRequest): MakeRequest;
}

const CREATE = /\/channels\/\d+\/messages(?:\?.*)?$/u;

/** Messages of which nobody knew whether they are there, and those that events told of while requests were under way. */
const REMEMBERED = 1_000;
/** How long after the lost answer an event may tell of the message, in milliseconds: it comes with the message, mostly before the answer. */
const HEARD_WITHIN_MS = 250;
const EVERY_MS = 25;
/** How long is waited for what an earlier process did not hear, in milliseconds: it comes soon after the beginning of a session. */
const EARLIER_WITHIN_MS = 5_000;

interface Message {
  readonly id: string;
  readonly channelId: string;
  readonly nonce: string;
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
 * said twice, or stay a draft for ever. But the event that tells of each message of ours carries its nonce; where the process was
 * killed before it heard that, Discord holds the event for whoever asks for the rest of its session.
 * @param isOurs whether a message is by us: anybody may send any nonce
 * @param ownShards the numbers of this process's shards; undefined before they are known
 * @see https://discord.com/developers/docs/resources/message#create-message
 */
export const createLostMessages = (isOurs: (authorId: string) => boolean, ownShards: () => readonly number[] | undefined): LostMessages => {
  /** By nonce: what events told of while a request was under way. */
  const told = new Map<string, Message>();
  /** By nonce: what a process that is gone has made. */
  const earlier = new Map<string, Message>();
  /** By nonce: requests of which nobody knows what they did, and their messages where events told of them. */
  const doubtful = new Map<string, Message | undefined>();
  /** By nonce: what is to be done with messages that come too late. */
  const forsaken = new Map<string, (messageId: string) => void>();
  /** Shards of which all is known that an earlier process did not hear. */
  const known = new Set<number>();
  let underWay = 0;

  const messageOf = (data: unknown): Message | undefined => {
    if (!isFields(data)) return undefined;
    const { id, channel_id: channelId, nonce, content, components = [], author } = data;
    if (!isFields(author) || typeof author['id'] !== 'string' || !isOurs(author['id'])) return undefined;
    if (typeof id !== 'string' || typeof channelId !== 'string' || typeof nonce !== 'string' || typeof content !== 'string') return undefined;
    return { id, channelId, nonce, content, components };
  };

  const knowEarlier = async (): Promise<void> => {
    const until = performance.now() + EARLIER_WITHIN_MS;
    while (performance.now() < until && ownShards()?.every((shardId) => known.has(shardId)) !== true) await sleep(EVERY_MS, undefined, { ref: false });
  };

  const isForsaken = ({ nonce, id }: Message): boolean => {
    const onHeard = forsaken.get(nonce);
    forsaken.delete(nonce);
    onHeard?.(id);
    return onHeard !== undefined;
  };

  /** Once: whoever gets it knows of it from then on. */
  const take = (nonce: string): Message | undefined => {
    const message = doubtful.get(nonce) ?? told.get(nonce) ?? earlier.get(nonce);
    if (message !== undefined) {
      doubtful.delete(nonce);
      earlier.delete(nonce);
    }
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
    // It is wanted after all.
    if (forsaken.size > 0) forsaken.delete(nonceOf(init.body) ?? '');
    let response: RestResponse;
    try {
      response = await makeRequest(url, init);
    } catch (error) {
      const message = await doubt();
      if (message === undefined) throw error;
      return Response.json(message);
    }
    if (response.ok) return response;
    const nonce = response.status >= 500 || (doubtful.size === 0 && earlier.size === 0) ? undefined : nonceOf(init.body);
    const mayBeThere = nonce !== undefined && (doubtful.has(nonce) || earlier.has(nonce));
    const message = response.status >= 500 ? await doubt() : mayBeThere ? await takeSoon(nonce, init.signal) : undefined;
    if (message === undefined) return response;
    await response.arrayBuffer().catch(() => undefined);
    return Response.json(message);
  };

  return {
    heard: (data) => {
      if (underWay === 0 && doubtful.size === 0 && forsaken.size === 0) return;
      const message = messageOf(data);
      if (message === undefined || isForsaken(message)) return;
      if (doubtful.has(message.nonce)) setLast(doubtful, message.nonce, message);
      else if (underWay > 0) setLast(told, message.nonce, message);
    },
    heardOfEarlier: (data) => {
      const message = messageOf(data);
      if (message !== undefined && !isForsaken(message)) setLast(earlier, message.nonce, message);
    },
    heardAllOfEarlier: (shardId) => void known.add(shardId),
    left: (shardId) => void known.delete(shardId),
    leftBehind: async (channelId, nonces) => {
      await knowEarlier();
      return nonces.flatMap((nonce) => {
        const message = earlier.get(nonce);
        return message?.channelId === channelId ? [message.id] : [];
      });
    },
    forsake: (nonce, onHeard) => {
      const message = take(nonce);
      doubtful.delete(nonce);
      if (message === undefined) setLast(forsaken, nonce, onHeard);
      else onHeard(message.id);
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
