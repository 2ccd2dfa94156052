import { AsyncLocalStorage } from 'node:async_hooks';
import { RequestMethod } from 'discord.js';
import type { InternalRequest, REST, RESTOptions } from 'discord.js';
import type { Turn } from './global-limit.ts';
import type { Scheduler } from './scheduler.ts';
import type { Rank } from './turn-order.ts';

type MakeRequest = RESTOptions['makeRequest'];
export type RestResponse = Awaited<ReturnType<REST['queueRequest']>>;

/** Every request to Discord. */
export interface DiscordRequests {
  /** @param turn of this very request; without one, it waits for its turn */
  send(request: InternalRequest, turn?: Turn): Promise<RestResponse>;
  /** See {@link Scheduler.turnIfIdle}. */
  turnIfIdle: Scheduler['turnIfIdle'];
}

/**
 * Responses to interactions, which do not count against the limit of the bot.
 * @see https://discord.com/developers/docs/interactions/receiving-and-responding#responding-to-an-interaction
 */
const OF_INTERACTIONS = /^\/(?:interactions|webhooks)\/\d+\/[^/]+/u;

/** Under which turn a request of discord.js goes: what it makes of one request, and how often, is its own affair. */
const underTurn = new AsyncLocalStorage<Turn>();

/** Reading waits as drafts do: the many pages behind an outage are not to hold up first words. */
const rankOf = (method: string | undefined): Rank => (method === RequestMethod.Get ? 'draft' : 'urgent');

/**
 * Lets requests of discord.js, whoever makes them, go when it is their turn, so that none waits inside it; what answers
 * interactions has a way of its own, which nothing holds up.
 * @param rest the client's own: its requests go this way from now on
 * @param interactions only for those
 */
export const createDiscordRequests = (rest: REST, interactions: REST, scheduler: Pick<Scheduler, 'turn' | 'turnIfIdle'>): DiscordRequests => {
  const sendNow = rest.queueRequest.bind(rest);

  const send: DiscordRequests['send'] = async (request, turn) => {
    // The token in their address is all they need.
    if (OF_INTERACTIONS.test(request.fullRoute)) return interactions.queueRequest({ ...request, auth: false });
    const mine = turn?.isOpen() === true ? turn : await scheduler.turn(rankOf(request.method), request.signal ?? undefined);
    return underTurn.run(mine, () => sendNow(request)).finally(mine.giveBack);
  };

  rest.queueRequest = (request) => send(request);
  return { send, turnIfIdle: scheduler.turnIfIdle };
};

const TOO_MANY_REQUESTS = 429;

/**
 * Lets each request go under a turn, those too that discord.js makes again by itself, or makes later than it was told; and tells the
 * schedule that Discord takes none from the whole bot for a while.
 */
export const takingTurns = (makeRequest: MakeRequest, { turn: nextTurn, limit }: Pick<Scheduler, 'turn' | 'limit'>): MakeRequest => {
  const turnFor = async ({ method, signal }: Parameters<MakeRequest>[1]): Promise<Turn> => {
    let turn = underTurn.getStore();
    while (turn?.go() !== true) turn = await nextTurn(rankOf(method), signal ?? undefined);
    return turn;
  };
  return async (url, init) => {
    const turn = await turnFor(init);
    try {
      const response = await makeRequest(url, init);
      if (response.status === TOO_MANY_REQUESTS && response.headers.has('x-ratelimit-global')) limit.close(Number(response.headers.get('retry-after')) * 1_000);
      return response;
    } finally {
      turn.arrived();
    }
  };
};
