import { RequestMethod } from 'discord.js';
import type { InternalRequest, REST, RESTOptions } from 'discord.js';
import type { Turn } from './global-limit.ts';
import type { Scheduler } from './scheduler.ts';

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
    let mine = turn;
    while (mine?.go() !== true) {
      // Reading waits as drafts do: the many pages behind an outage are not to hold up first words.
      mine = await scheduler.turn(request.method === RequestMethod.Get ? 'draft' : 'urgent', request.signal ?? undefined);
    }
    return sendNow(request).finally(mine.arrived);
  };

  rest.queueRequest = (request) => send(request);
  return { send, turnIfIdle: scheduler.turnIfIdle };
};

const TOO_MANY_REQUESTS = 429;

/**
 * Tells the schedule what it cannot see: that discord.js made a request again by itself, and that Discord takes none from the
 * whole bot for a while.
 */
export const reportingLimits = (makeRequest: MakeRequest, limit: Scheduler['limit']): MakeRequest => {
  /** The headers of requests that went: made again, one has the very same. */
  const gone = new WeakSet<object>();
  return async (url, init) => {
    const headers = init.headers as object;
    if (gone.has(headers)) limit.noteSent();
    gone.add(headers);
    const response = await makeRequest(url, init);
    if (response.status === TOO_MANY_REQUESTS && response.headers.has('x-ratelimit-global')) limit.close(Number(response.headers.get('retry-after')) * 1_000);
    return response;
  };
};
