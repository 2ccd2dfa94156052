import { createHash } from 'node:crypto';
import { Routes } from 'discord.js';
import { describeDeliveryError } from './reply/delivery-error.ts';
import type { APIDMChannel, REST } from 'discord.js';
import type { Log } from '../log.ts';
import type { DiscordApi } from './discord-api.ts';
import type { Owners } from './owners.ts';

/** Writes to the owners, as a direct message. Never rejects: who has closed theirs finds the same in the log. */
export type TellOwners = (text: string) => Promise<void>;

/** The same words on the same day are the same message: a repeated request does not repeat it. */
const nonceOf = (userId: string, text: string): string =>
  createHash('sha256').update(`${userId}:${text}:${new Date().toISOString().slice(0, 10)}`).digest('base64url').slice(0, 25);

export const createTellOwners = (rest: REST, api: DiscordApi, owners: Owners, log: Log): TellOwners => {
  const write = async (userId: string, text: string): Promise<void> => {
    try {
      const { id } = (await rest.post(Routes.userChannels(), { body: { recipient_id: userId } })) as APIDMChannel;
      await api.createMessage(id, { content: text }, { nonce: nonceOf(userId, text) });
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
