import { setTimeout as sleep } from 'node:timers/promises';
import { Routes, channelMention } from 'discord.js';
import { NoDelivery, judgeDeliveryError } from './delivery-error.ts';
import { nonceOf } from './nonce.ts';
import type { APIMessage, REST } from 'discord.js';
import type { DiscordApi } from './discord-api.ts';

/**
 * Writes to somebody directly, once for each `key` however often it is tried. Rejects with discord.js's errors: not
 * everybody takes direct messages.
 */
export type WriteDirectly = (userId: string, content: string, key: string) => Promise<void>;

/** Its nonce keeps what is tried again from being there twice. */
const ATTEMPTS = 7;
const WAIT_MS = 300;

/** Whoever takes no direct messages takes none a second later; any other refusal may be over then. */
const isFinal = (error: unknown): boolean => ['no-access', 'blocked', 'not-ours'].includes(judgeDeliveryError(error));

const open = async (rest: REST, userId: string): Promise<string> => {
  const channel = (await rest.post(Routes.userChannels(), { body: { recipient_id: userId } })) as { id?: unknown } | null;
  if (typeof channel?.id !== 'string') throw new NoDelivery(200);
  return channel.id;
};

/** Whether somebody was written to since a question because of it: what was said there names the place of the question. Rejects with discord.js's errors. */
export type WasToldDirectly = (userId: string, questionId: string, channelId: string) => Promise<boolean>;

export const createWasToldDirectly =
  (rest: REST): WasToldDirectly =>
  async (userId, questionId, channelId) => {
    const query = new URLSearchParams({ after: questionId, limit: '100' });
    const page = await rest.get(Routes.channelMessages(await open(rest, userId)), { query });
    const messages = (Array.isArray(page) ? page : []) as (Partial<APIMessage> | null)[];
    return messages.some((message) => message?.author?.bot === true && String(message.content).includes(channelMention(channelId)));
  };

export const createWriteDirectly = (rest: REST, api: DiscordApi): WriteDirectly =>
  async (userId, content, key) => {
    for (let attempt = 1; ; attempt += 1) {
      try {
        await api.createMessage(await open(rest, userId), { content }, { nonce: nonceOf(key, 0, false) });
        return;
      } catch (error) {
        if (attempt === ATTEMPTS || isFinal(error)) throw error;
        await sleep(attempt * WAIT_MS);
      }
    }
  };
