import { setTimeout as sleep } from 'node:timers/promises';
import { Client, DefaultRestOptions, DefaultWebSocketManagerOptions, GatewayIntentBits, Options, Partials, REST } from 'discord.js';
import { createClockSteps } from '../rest/clock-steps.ts';
import { takingTurns } from '../rest/discord-requests.ts';
import { doubtRefusedToken } from '../rest/doubted-token.ts';
import { expectPlausibleAnswers } from '../rest/plausible-answers.ts';
import { readableRefusals } from '../rest/readable-refusals.ts';
import { watchedRequests } from '../rest/watched-requests.ts';
import { acceptRepeatedCallbacks } from '../rest/repeated-callbacks.ts';
import { expectReadableAnswers } from './plausible-events.ts';
import type { RESTOptions, RateLimitData, WebSocketOptions } from 'discord.js';
import type { LostFollowUps } from '../rest/lost-follow-ups.ts';
import type { LostMessages } from '../rest/lost-messages.ts';
import type { PlausibleAnswersOptions } from '../rest/plausible-answers.ts';
import type { Scheduler } from '../rest/scheduler.ts';
import type { OnRequest } from '../rest/watched-requests.ts';

export interface DiscordClientOptions {
  /** Instead of Discord's own REST address: a proxy or a simulator, without the version. */
  readonly apiUrl?: string | undefined;
  /** Ask for the privileged Message Content intent. */
  readonly readsMessageContent: boolean;
  /** What the whole bot may ask of Discord, and what discord.js asks by itself. */
  readonly scheduler: Pick<Scheduler, 'turn' | 'limit'>;
  /** Discord refused the bot's token: discord.js forgets it then, and no request works any more. */
  readonly onTokenRefused: () => void;
  /** Whether it has worked for an earlier process. Never rejects. */
  readonly hasTokenWorked: () => Promise<boolean>;
  /** Resolves when it is known whether questions can be answered at all. */
  readonly isUseful: () => Promise<boolean>;
  /** Takes the turn of those who begin sessions in one row, of all processes: zero, or how many milliseconds to wait. Undefined where this one is alone. May reject. */
  readonly takeTurn?: ((row: number, everyMs: number) => Promise<number> | undefined) | undefined;
  /** Hears of each request that has ended. Never throws. */
  readonly onRequest?: OnRequest | undefined;
  /** What is looked at in each answer. */
  readonly answers: PlausibleAnswersOptions;
  /** What is looked at of requests that answer interactions. */
  readonly followUps: Pick<LostFollowUps, 'watching'>;
  /** The same of messages in channels. */
  readonly messages: Pick<LostMessages, 'watching'>;
}

/** Milliseconds that one REST request may take. */
const REQUEST_TIMEOUT_MS = 15_000;

const MEMBERS_PER_GUILD = 50;
const USERS = 500;

/**
 * Requests that a newer one overtakes must not wait in discord.js's queue: messages of a growing answer, and typing.
 * @see https://discord.com/developers/docs/topics/rate-limits
 */
const isOvertaken = ({ method, route }: RateLimitData): boolean =>
  (method === 'PATCH' && (route.startsWith('/channels/:id/messages/:id') || route.startsWith('/webhooks/:id/:token/messages'))) ||
  (method === 'POST' && (route === '/channels/:id/messages' || route.endsWith('/typing')));

/** Threads are worth no wait: their questions are answered without, and a name stays as it is. */
const isOfThreads = ({ method, route }: RateLimitData): boolean =>
  (method === 'POST' && route.endsWith('/threads')) || (method === 'PATCH' && route === '/channels/:id');

/** A longer limit is told to whoever made the request, in milliseconds: discord.js would let it wait, and all behind it. */
const LONGEST_WAIT_MS = 15_000;
/** discord.js connects by this one, and knows no other way than to wait. */
const GATEWAY = '/gateway/bot';

const isTold = (limit: RateLimitData): boolean =>
  isOvertaken(limit) || isOfThreads(limit) || (limit.route !== GATEWAY && Math.max(limit.timeToReset, limit.retryAfter, limit.sublimitTimeout) > LONGEST_WAIT_MS);

export const createDiscordClient = ({
  apiUrl,
  readsMessageContent,
  scheduler,
  onTokenRefused,
  hasTokenWorked,
  isUseful,
  takeTurn = () => undefined,
  onRequest = () => undefined,
  answers,
  followUps,
  messages,
}: DiscordClientOptions): { readonly client: Client; readonly interactions: REST } => {
  const optionsFor = (rest: () => REST, watching: (makeRequest: RESTOptions['makeRequest']) => RESTOptions['makeRequest']): Partial<RESTOptions> => {
    const steps = createClockSteps();
    const plausible = expectPlausibleAnswers(steps.noting(watchedRequests(DefaultRestOptions.makeRequest, onRequest)), answers);
    return {
      ...(apiUrl === undefined ? {} : { api: apiUrl }),
      timeout: REQUEST_TIMEOUT_MS,
      // The schedule counts them.
      globalRequestsPerSecond: Number.POSITIVE_INFINITY,
      rejectOnRateLimit: (limit) => steps.isAllThereIs(rest(), limit) || isTold(limit),
      makeRequest: acceptRepeatedCallbacks(readableRefusals(watching(plausible))),
    };
  };
  const asTheBot = (makeRequest: RESTOptions['makeRequest']) =>
    messages.watching(doubtRefusedToken(takingTurns(makeRequest, scheduler), { onTokenRefused, hasTokenWorked }));
  const isSelf = ({ id, client }: { id: string; client: Client }): boolean => id === client.user?.id;
  const client: Client = new Client({
    intents: [
      GatewayIntentBits.Guilds,
      GatewayIntentBits.GuildMessages,
      GatewayIntentBits.DirectMessages,
      ...(readsMessageContent ? [GatewayIntentBits.MessageContent] : []),
    ],
    // A direct message comes from a channel that was never announced.
    partials: [Partials.Channel, Partials.Message],
    allowedMentions: { parse: [], repliedUser: false },
    failIfNotExists: false,
    ws: holdIdentify(isUseful, takeTurn),
    enforceNonce: true,
    makeCache: Options.cacheWithLimits({
      ...Options.DefaultMakeCacheSettings,
      // What has to be remembered is in the store.
      MessageManager: 0,
      GuildMemberManager: { maxSize: MEMBERS_PER_GUILD, keepOverLimit: isSelf },
      UserManager: { maxSize: USERS, keepOverLimit: isSelf },
      ReactionManager: 0,
      ReactionUserManager: 0,
      PresenceManager: 0,
      VoiceStateManager: 0,
      GuildBanManager: 0,
      GuildInviteManager: 0,
      GuildEmojiManager: 0,
      GuildStickerManager: 0,
      GuildScheduledEventManager: 0,
      AutoModerationRuleManager: 0,
      StageInstanceManager: 0,
      ThreadMemberManager: 0,
    }),
    rest: optionsFor(() => client.rest, asTheBot),
  });
  const interactions: REST = new REST({ ...client.options.rest, ...optionsFor(() => interactions, followUps.watching) });
  for (const rest of [client.rest, interactions]) expectReadableAnswers(rest);
  return { client, interactions };
};

/**
 * Of shards whose numbers leave the same rest, Discord lets one begin a session in so many milliseconds, and a little more, as
 * what is sent takes its time.
 * @see https://discord.com/developers/docs/events/gateway#rate-limiting
 */
const SESSION_EVERY_MS = 5_250;

/** Resolves when it is its turn; false where nobody can tell. */
const takeTurnOfAll = async (take: () => Promise<number> | undefined, signal: AbortSignal): Promise<boolean> => {
  for (;;) {
    // A store that is away is not waited for: Discord tells who comes too early.
    const taking = take()?.catch(() => undefined);
    const leftMs = taking && (await Promise.race([taking, sleep(SESSION_EVERY_MS, undefined, { signal, ref: false })]));
    if (leftMs === undefined || leftMs <= 0) return leftMs !== undefined;
    await sleep(leftMs, undefined, { signal });
  }
};

/** How long a session waits at most until it is known whether it would be of any use, in milliseconds. A refusal is there sooner. */
const LONGEST_MS = 3_000;

/**
 * Lets no session begin that nobody could be answered in. Discord counts each, and takes the bot's token away from whoever begins
 * too many a day: a supervisor that starts a useless process again and again would get there. All up to that point goes on meanwhile.
 * @param isUseful resolves when it is known; where it is false, the process ends
 * @see https://discord.com/developers/docs/events/gateway#identifying
 */
const holdIdentify = (isUseful: () => Promise<boolean>, takeTurn: NonNullable<DiscordClientOptions['takeTurn']>): WebSocketOptions => ({
  buildIdentifyThrottler: async (manager) => {
    const throttler = await DefaultWebSocketManagerOptions.buildIdentifyThrottler(manager);
    const { session_start_limit: limit } = await manager.fetchGatewayInformation();
    const rows = Math.max(1, limit.max_concurrency);
    return {
      waitForIdentify: async (shardId, signal) => {
        const isUseless = await Promise.race([isUseful().then((known) => !known), sleep(LONGEST_MS, false, { signal, ref: false })]);
        if (isUseless) await new Promise((_resolve, reject) => signal.addEventListener('abort', reject, { once: true }));
        if (!(await takeTurnOfAll(() => takeTurn(shardId % rows, SESSION_EVERY_MS), signal))) await throttler.waitForIdentify(shardId, signal);
      },
    };
  },
});
