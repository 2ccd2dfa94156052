import { Routes } from 'discord.js';
import { shardOf } from '../gateway/session-plan.ts';
import { isForLater } from '../rest/delivery-error.ts';
import type { APIChannel, Client } from 'discord.js';
import type { LedgerRow } from '../../conversation/ledger.ts';
import type { KeptChannels } from '../gateway/kept-channels.ts';

/** Whether what a gone process has left belongs to a shard of this one: nobody else knows its channel. Rejects where Discord fails. */
export type IsOfOwnShards = (row: Pick<LedgerRow, 'place'>) => Promise<boolean>;

export const createIsOfOwnShards = (client: Client, channels: Pick<KeptChannels, 'open'>): IsOfOwnShards => {
  const shardOfChannel = async (channelId: string): Promise<number> => {
    try {
      const { guild_id: guildId } = (await client.rest.get(Routes.channel(channelId))) as APIChannel & { readonly guild_id?: string };
      return shardOf(guildId, client.options.shardCount ?? 1);
    } catch (error) {
      if (isForLater(error)) throw error;
      // What nobody may see is settled by one of them.
      return shardOf(undefined, 1);
    }
  };
  return async ({ place: { channelId, askedIn = channelId } }) => {
    const { shards, shardCount = 1 } = client.options;
    if (!Array.isArray(shards) || shards.length >= shardCount || channels.open(askedIn) !== undefined) return true;
    return shards.includes(await shardOfChannel(askedIn));
  };
};
