import { setTimeout as sleep } from 'node:timers/promises';
import { Routes, channelMention } from 'discord.js';
import { NoDelivery, describeDeliveryError, judgeDeliveryError } from './delivery-error.ts';
import { nonceOf } from './discord-api.ts';
import { NO_PLACE_TEXT, whereAsked } from '../texts/answer-texts.ts';
import type { APIMessage, REST } from 'discord.js';
import type { DiscordApi } from './discord-api.ts';
import type { Log } from '../../log/log.ts';
import type { Owners } from './owners.ts';

/**
 * Writes to somebody directly, once for each `key` however often it is tried. Resolves with the id of the message. Rejects with
 * discord.js's errors: not everybody takes direct messages.
 * @param replyTo the message there that this one goes on from
 */
export type WriteDirectly = (userId: string, content: string, key: string, replyTo?: string) => Promise<string>;

/** Its nonce keeps what is tried again from being there twice. */
const ATTEMPTS = 7;
const WAIT_MS = 300;

/** Whoever takes no direct messages takes none a second later; any other refusal may be over then. */
const isFinal = (error: unknown): boolean => ['no-access', 'blocked', 'not-ours'].includes(judgeDeliveryError(error));

const byId = (one: string, other: string): number => (BigInt(one) < BigInt(other) ? -1 : 1);

const open = async (rest: REST, userId: string): Promise<string> => {
  const channel = (await rest.post(Routes.userChannels(), { body: { recipient_id: userId } })) as { id?: unknown } | null;
  if (typeof channel?.id !== 'string') throw new NoDelivery(200);
  return channel.id;
};

/** What was written to somebody because of a question. */
export interface ToldDirectly {
  /** The first message. */
  readonly id: string;
  /** Of how many messages it is, with those that go on from it. */
  readonly parts: number;
}

/** What somebody was written since a question because of it: it names its place and its time. Undefined where that is nothing. Rejects with discord.js's errors. */
export type FindToldDirectly = (userId: string, questionId: string, channelId: string) => Promise<ToldDirectly | undefined>;

export const createFindToldDirectly =
  (rest: REST): FindToldDirectly =>
  async (userId, questionId, channelId) => {
    const query = new URLSearchParams({ after: questionId, limit: '100' });
    const page = await rest.get(Routes.channelMessages(await open(rest, userId)), { query });
    const messages = (Array.isArray(page) ? page : []) as (Partial<APIMessage> | null)[];
    const ours = messages.filter((message) => message?.author?.bot === true);
    // Where we answer somebody directly, a model may name any place; what tells of one does so first, and replies to nothing.
    const firsts = ours.flatMap((message) => (typeof message?.id === 'string' && message.message_reference === undefined ? [{ id: message.id, line: String(message.content).split('\n', 1)[0] ?? '' }] : []));
    const about = (isIt: (line: string) => boolean): string[] => firsts.flatMap(({ id, line }) => (isIt(line) ? [id] : [])).toSorted(byId);
    const named = about((line) => line.includes(whereAsked(channelId, questionId)));
    // What says nothing of when is about all that was asked there.
    const [id] = named.length > 0 ? named : about((line) => line.includes(channelMention(channelId)) && !line.includes(`${channelMention(channelId)} (<t:`));
    return id === undefined ? undefined : { id, parts: 1 + ours.filter((message) => message?.message_reference?.message_id === id).length };
  };

export const createWriteDirectly = (rest: REST, api: DiscordApi): WriteDirectly =>
  async (userId, content, key, replyTo) => {
    for (let attempt = 1; ; attempt += 1) {
      try {
        return (await api.createMessage(await open(rest, userId), { content }, { nonce: nonceOf(key, 0, false), replyTo })).messageId;
      } catch (error) {
        if (attempt === ATTEMPTS || isFinal(error)) throw error;
        await sleep(attempt * WAIT_MS);
      }
    }
  };

/** Tells somebody by direct message that their question cannot be answered where it was asked. Rejects with discord.js's errors. */
export type TellAsker = (askerId: string, channelId: string, questionId: string) => Promise<void>;

/** Several questions at once are told once; and refusals of Discord count against us. In milliseconds. */
const SILENT_FOR_MS = 60_000;

interface Told {
  /** Until when there is nothing more to say. */
  readonly until: number;
  readonly said: Promise<unknown>;
}

/** @param now milliseconds that only go forward */
export const createTellAsker = (writeDirectly: WriteDirectly, now: () => number = () => performance.now()): TellAsker => {
  /** By the person and the channel. */
  const told = new Map<string, Told>();
  return async (askerId, channelId, questionId) => {
    for (const [key, { until }] of told) if (until <= now()) told.delete(key);
    const key = `${askerId} ${channelId}`;
    const before = told.get(key);
    if (before !== undefined) {
      await before.said;
      return;
    }
    const said = writeDirectly(askerId, NO_PLACE_TEXT(channelId), `${questionId}:no place`);
    told.set(key, { until: now() + SILENT_FOR_MS, said });
    // What did not arrive is not told.
    said.catch(() => told.delete(key));
    await said;
  };
};

/** Writes to the owners, as a direct message. Never rejects: who has closed theirs finds the same in the log. */
export type TellOwners = (text: string) => Promise<void>;

export const createTellOwners = (writeDirectly: WriteDirectly, owners: Owners, log: Log): TellOwners => {
  const write = async (userId: string, text: string): Promise<void> => {
    try {
      // The same words on the same day are the same message.
      await writeDirectly(userId, text, `${userId}:${text}:${new Date().toISOString().slice(0, 10)}`);
    } catch (error) {
      log.warn({ userId, reason: describeDeliveryError(error) }, 'an owner could not be told by direct message');
    }
  };
  return async (text) => {
    try {
      await Promise.all((await owners.contacts()).map((userId) => write(userId, text)));
    } catch (error) {
      log.warn({ reason: describeDeliveryError(error) }, 'the owners could not be found');
    }
  };
};
