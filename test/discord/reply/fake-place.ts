import { DiscordAPIError, RateLimitError } from 'discord.js';
import { nonceOf } from '../../../src/discord/rest/discord-api.ts';
import type { OutgoingMessage, Sent } from '../../../src/discord/rest/discord-api.ts';
import type { Action, BucketState } from '../../../src/discord/rest/buckets.ts';
import type { ReplyTarget } from '../../../src/discord/reply/reply-target.ts';

/** A message of the place: what people saw of it, and when. */
export interface PlacedMessage {
  readonly id: string;
  readonly questionId: string;
  readonly part: number;
  readonly revisions: { readonly content: string; readonly at: number }[];
  deletedAt: number | undefined;
}

export interface Request {
  readonly action: Action;
  readonly at: number;
  readonly content: string;
}

/** On the clock that a test may have taken over. */
const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

type Fault = (request: Request) => Promise<void> | void;

/** One channel on a fake clock, with Discord's windows: a test that would take minutes takes a moment. */
export const createFakePlace = ({ latencyMs = 100, limits = { create: [5, 5_000], edit: [5, 5_000], delete: [3, 1_000] } as Record<Action, [number, number]> } = {}) => {
  const messages: PlacedMessage[] = [];
  const requests: Request[] = [];
  const windows = new Map<Action, { used: number; endsAt: number }>();
  const byNonce = new Map<string, PlacedMessage>();
  let refusedForLimits = 0;
  let inFlight = 0;
  let mostInFlight = 0;
  let busySigns = 0;
  let fault: Fault | undefined;
  let keep = (content: string): string => content;

  const count = (action: Action): BucketState => {
    const now = performance.now();
    const [limit, perMs] = limits[action];
    let window = windows.get(action);
    if (window === undefined || window.endsAt <= now) windows.set(action, (window = { used: 0, endsAt: now + perMs }));
    const resetAfterMs = window.endsAt - now;
    if (window.used >= limit) {
      refusedForLimits += 1;
      throw limitError({ retryAfter: resetAfterMs });
    }
    window.used += 1;
    return { name: action, remaining: limit - window.used, resetAfterMs };
  };

  const request = async <Result>(action: Action, content: string, act: () => Result): Promise<{ result: Result; bucket: BucketState }> => {
    inFlight += 1;
    mostInFlight = Math.max(mostInFlight, inFlight);
    try {
      await sleep(latencyMs / 2);
      const made = { action, at: performance.now(), content };
      requests.push(made);
      const bucket = count(action);
      await fault?.(made);
      const result = act();
      await sleep(latencyMs / 2);
      return { result, bucket };
    } finally {
      inFlight -= 1;
    }
  };

  const existing = (id: string): PlacedMessage => {
    const message = messages.find((one) => one.id === id);
    if (message === undefined || message.deletedAt !== undefined) throw discordError(404, 10_008);
    return message;
  };

  const target = (questionId: string, options: Partial<ReplyTarget> = {}): ReplyTarget => ({
    paceKey: 'channel',
    channelId: 'channel',
    place: { channelId: 'channel', replyTo: questionId, interaction: undefined, isPrivate: false, canSendMessages: true },
    placeOf: () => ({ id: 'channel', countsGlobally: true }),
    growsForMs: undefined,
    canSendAnew: true,
    busyAfterMs: 350,
    busyEveryMs: 8_500,
    showBusy: async () => {
      busySigns += 1;
      return true;
    },
    create: async (part, message, { isAnew = false } = {}) => {
      const { result, bucket } = await request('create', message.content, () => {
        const nonce = nonceOf(questionId, part, isAnew);
        const made = byNonce.get(nonce) ?? { id: String(messages.length + 1), questionId, part, revisions: [revision(message)], deletedAt: undefined };
        if (!byNonce.has(nonce)) messages.push(made);
        byNonce.set(nonce, made);
        return made;
      });
      return sent(result, bucket);
    },
    edit: async (_part, messageId, message) => {
      const { result, bucket } = await request('edit', message.content, () => {
        const edited = existing(messageId);
        edited.revisions.push(revision(message));
        return edited;
      });
      return sent(result, bucket);
    },
    read: async (messageId) => existing(messageId).revisions.at(-1)?.content,
    remove: async (_part, messageId) => {
      const { bucket } = await request('delete', '', () => (existing(messageId).deletedAt = performance.now()));
      return bucket;
    },
    ...options,
  });

  const revision = ({ content }: OutgoingMessage) => ({ content: keep(content), at: performance.now() });
  const sent = ({ id, revisions }: PlacedMessage, bucket: BucketState): Sent => ({ messageId: id, content: revisions.at(-1)?.content ?? '', bucket });

  return {
    target,
    messages,
    requests,
    /** What stands there now. */
    visible: () => messages.filter(({ deletedAt }) => deletedAt === undefined).map(({ revisions }) => revisions.at(-1)?.content),
    get refusedForLimits() {
      return refusedForLimits;
    },
    get mostInFlight() {
      return mostInFlight;
    },
    get busySigns() {
      return busySigns;
    },
    /** Called when a request arrives: it may wait, or throw what Discord would answer. */
    failWith: (next: Fault | undefined) => {
      fault = next;
    },
    /** What Discord makes of a text. */
    keepAs: (next: (content: string) => string) => {
      keep = next;
    },
  };
};

export type FakePlace = ReturnType<typeof createFakePlace>;

/** As discord.js tells of a 429. @param of.retryAfter in milliseconds */
export const limitError = ({ retryAfter, global = false }: { readonly retryAfter: number; readonly global?: boolean }): RateLimitError =>
  new RateLimitError({ global, hash: '', limit: 5, majorParameter: '', method: '', retryAfter, route: '', scope: global ? 'global' : 'user', sublimitTimeout: 0, timeToReset: retryAfter, url: '' });

export const discordError = (status: number, code: number): DiscordAPIError =>
  new DiscordAPIError({ code, message: 'simulated' }, code, status, 'PATCH', 'https://discord.test', {});
