import { Routes } from 'discord.js';
import { nonceOf } from './reply/nonce.ts';
import type { APIDMChannel, REST } from 'discord.js';
import type { DiscordApi } from './discord-api.ts';

/**
 * Writes to somebody directly, once for each `key` however often it is tried. Rejects with discord.js's errors: not
 * everybody takes direct messages.
 */
export type WriteDirectly = (userId: string, content: string, key: string) => Promise<void>;

export const createWriteDirectly =
  (rest: REST, api: DiscordApi): WriteDirectly =>
  async (userId, content, key) => {
    const { id } = (await rest.post(Routes.userChannels(), { body: { recipient_id: userId } })) as APIDMChannel;
    await api.createMessage(id, { content }, { nonce: nonceOf(key, 0, false) });
  };
