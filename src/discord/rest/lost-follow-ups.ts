import { setTimeout as sleep } from 'node:timers/promises';
import { HTTPError } from 'discord.js';
import { createRecentIds } from './recent-ids.ts';
import type { RESTOptions } from 'discord.js';

type MakeRequest = RESTOptions['makeRequest'];
type RestResponse = Awaited<ReturnType<MakeRequest>>;

export interface LostFollowUps {
  /** Any message that an event tells of. Never throws. */
  heard(message: unknown): void;
  /** Looks for what was not answered before it is sent once more. */
  watching(makeRequest: MakeRequest): MakeRequest;
}

const CALLBACK = /\/interactions\/(\d+)\/([^/?]+)\/callback/u;
const FOLLOW_UP = /^(.*\/webhooks\/(\d+)\/([^/?]+))(?:\?.*)?$/u;

/** Interactions whose ids are known by their tokens: those that were answered last. */
const REMEMBERED = 1_000;
/** A follow-up is sent so often at most. Where neither Discord nor an event shows it, nobody knows that it is not there. */
const ATTEMPTS = 2;
/** How long after the lost answer an event may tell of it, in milliseconds: it comes with the message, mostly before the answer. */
const HEARD_WITHIN_MS = 2_000;
/** How long Discord is asked what the response shows while it fails, in milliseconds. */
const LOOK_MS = 6_000;
const EVERY_MS = 200;
/** Of one request of ours beside discord.js's own, in milliseconds. */
const REQUEST_MS = 10_000;

interface Message {
  readonly id: string;
  readonly content: string;
  /** The interaction that it came of. */
  readonly interactionId: string | undefined;
  /** The first response to that, where it is another message. */
  readonly responseId: string | undefined;
}

const isFields = (value: unknown): value is Readonly<Record<string, unknown>> => typeof value === 'object' && value !== null;

const messageOf = (data: unknown): Message | undefined => {
  if (!isFields(data) || typeof data['id'] !== 'string' || typeof data['content'] !== 'string') return undefined;
  const metadata = isFields(data['interaction_metadata']) ? data['interaction_metadata'] : {};
  const idIn = (name: string): string | undefined => (typeof metadata[name] === 'string' ? metadata[name] : undefined);
  return { id: data['id'], content: data['content'].trim(), interactionId: idIn('id'), responseId: idIn('original_response_message_id') };
};

/** The text that a request brings; undefined where there is none to be told by. */
const contentOf = (body: unknown): string | undefined => {
  const json = body instanceof FormData ? body.get('payload_json') : body;
  try {
    const { content } = JSON.parse(String(json)) as { content?: unknown };
    return typeof content === 'string' && content.trim() !== '' ? content.trim() : undefined;
  } catch {
    return undefined;
  }
};

/** What discord.js does not make again by itself. */
const unrepeated = (url: string, { method = 'POST', body }: Parameters<MakeRequest>[1], { response, error }: Lost): Error =>
  response === undefined
    ? new Error('No answer came to a message behind a response', { cause: error })
    : new HTTPError(response.status, response.statusText, method, url, { body });

/** A request of which nobody knows what it did. */
interface Lost {
  readonly response?: RestResponse;
  readonly error?: unknown;
}

/** What is looked for. */
interface Sought {
  /** Of the webhook that an interaction opens. */
  readonly address: string;
  readonly token: string;
  readonly content: string;
  /** Discord turns requests without one away. */
  readonly agent: string;
}

const isLost = (made: RestResponse | Lost): made is Lost => !('status' in made);

/**
 * A message behind a response has no nonce, and discord.js sends it again, up to three times, when Discord fails or does not
 * answer: where only the answer was lost, people would read it twice. So it is looked for first: in the response, whose place it
 * takes where that "thinks", and among the messages of ours that events tell of, as they do of what only one person sees.
 * @see https://discord.com/developers/docs/interactions/receiving-and-responding#followup-messages
 * @see https://discord.com/developers/docs/events/gateway-events#messages
 */
export const createLostFollowUps = (): LostFollowUps => {
  /** Of interactions, by their tokens. */
  const ids = new Map<string, string>();
  /** What events told of while anybody waited for it. */
  const events = new Map<string, Message>();
  /** Messages that are known to be those of other requests. */
  const taken = createRecentIds(REMEMBERED);
  let underWay = 0;

  const noteId = (url: string): void => {
    const [, id, token] = CALLBACK.exec(url) ?? [];
    if (id === undefined || token === undefined) return;
    ids.delete(token);
    ids.set(token, id);
    const [oldest] = ids.keys();
    if (ids.size > REMEMBERED && oldest !== undefined) ids.delete(oldest);
  };

  /** The message; undefined where it is not there. Rejects where Discord does not say what is. */
  const find = async (makeRequest: MakeRequest, { address, token, content, agent }: Sought): Promise<string | undefined> => {
    const from = performance.now();
    const hasPassed = (ms: number): boolean => performance.now() - from >= ms;
    let response: Message | undefined;
    let isKnown = false;
    const look = async (): Promise<void> => {
      const answer = await makeRequest(`${address}/messages/@original`, { method: 'GET', headers: { 'user-agent': agent }, signal: AbortSignal.timeout(REQUEST_MS) });
      const text = await answer.text();
      // Any other refusal shows as little as a response that is not there.
      isKnown = answer.status < 500 && answer.status !== 429;
      response = answer.ok ? messageOf(JSON.parse(text)) : undefined;
    };
    for (;;) {
      const interactionId = ids.get(token) ?? response?.interactionId;
      const isIts = (message: Message): boolean => message.interactionId === interactionId || (message.responseId !== undefined && message.responseId === response?.id);
      const told = [...events.values()].find((message) => message.content === content && !taken.has(message.id) && isIts(message));
      if (told !== undefined) return told.id;
      if (!isKnown) await look().catch(() => undefined);
      // Behind a button that was acknowledged, the response is the message with the button, which is older.
      const isAnswer = response !== undefined && response.content === content && (interactionId === undefined || BigInt(response.id) > BigInt(interactionId));
      if (response !== undefined && isAnswer && !taken.has(response.id)) return response.id;
      if (isKnown && hasPassed(HEARD_WITHIN_MS)) return undefined;
      if (hasPassed(LOOK_MS)) throw new Error('Discord does not say what a response shows');
      await sleep(EVERY_MS);
    }
  };

  const make = async (makeRequest: MakeRequest, url: string, init: Parameters<MakeRequest>[1]): Promise<RestResponse | Lost> => {
    try {
      const response = await makeRequest(url, init);
      return response.status < 500 ? response : { response };
    } catch (error) {
      return { error };
    }
  };

  /** Its id, so that another request with the same words does not take it for its own. */
  const noteTaken = async (response: RestResponse): Promise<RestResponse> => {
    if (!response.ok) return response;
    const text = await response.text();
    try {
      const id = messageOf(JSON.parse(text))?.id;
      if (id !== undefined) taken.add(id);
    } catch {
      // Whoever asked for it finds out what is wrong with it.
    }
    return new Response(text, { status: response.status, headers: Object.fromEntries(response.headers.entries()) });
  };

  const follow = async (makeRequest: MakeRequest, url: string, init: Parameters<MakeRequest>[1]): Promise<RestResponse> => {
    const [, address = '', , token = ''] = FOLLOW_UP.exec(url) ?? [];
    const content = contentOf(init.body);
    for (let attempt = 1; ; attempt += 1) {
      const made = await make(makeRequest, url, attempt === 1 ? init : { ...init, signal: AbortSignal.timeout(REQUEST_MS) });
      if (!isLost(made)) return noteTaken(made);
      if (content === undefined) throw unrepeated(url, init, made);
      const agent = new Headers(init.headers as Record<string, string>).get('user-agent') ?? '';
      const id = await find(makeRequest, { address, token, content, agent }).catch(() => {
        throw unrepeated(url, init, made);
      });
      if (id !== undefined) {
        taken.add(id);
        return Response.json({ id, content });
      }
      if (attempt === ATTEMPTS) throw unrepeated(url, init, made);
    }
  };

  return {
    heard: (data) => {
      if (underWay === 0) return;
      const message = messageOf(data);
      if (message?.interactionId !== undefined) events.set(message.id, message);
    },
    watching: (makeRequest) => async (url, init) => {
      noteId(url);
      if (init.method !== 'POST' || !FOLLOW_UP.test(url)) return makeRequest(url, init);
      underWay += 1;
      try {
        return await follow(makeRequest, url, init);
      } finally {
        underWay -= 1;
        if (underWay === 0) events.clear();
      }
    },
  };
};
