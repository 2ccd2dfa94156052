import type { Client } from 'discord.js';

/** What discord.js keeps to itself: the connections behind its shards. */
interface Connections {
  readonly strategy: { readonly shards: ReadonlyMap<number, { destroy(options: { code: number; reason: string; recover: 0 }): Promise<void> }> };
}

/** A close that ends the session. @see https://discord.com/developers/docs/events/gateway#initiating-a-disconnect */
const NORMAL_CLOSE = 1000;

/**
 * Ends the session of a shard and begins another one: discord.js has no word for it.
 * @throws {TypeError} where discord.js has changed inside
 */
export const renewSession = async (client: Client, shardId: number, reason: string): Promise<void> => {
  const connections = (client.ws as unknown as { _ws?: Connections })['_ws'];
  const shard = connections?.strategy.shards.get(shardId);
  if (shard === undefined) throw new TypeError(`shard ${shardId} has no connection that could be renewed`);
  await shard.destroy({ code: NORMAL_CLOSE, reason, recover: 0 });
};
