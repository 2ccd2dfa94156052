import type { Client } from 'discord.js';

interface Connection {
  connect(): Promise<void>;
  destroy(options: { code: number; reason: string; recover: 0 }): Promise<void>;
}

/** What discord.js keeps to itself: the connections behind its shards. */
interface Connections {
  readonly strategy: { readonly shards: ReadonlyMap<number, Connection> };
}

/** A close that ends the session. @see https://discord.com/developers/docs/events/gateway#initiating-a-disconnect */
const NORMAL_CLOSE = 1000;

const connectionOf = (client: Client, shardId: number): Connection => {
  const connections = (client.ws as unknown as { _ws?: Connections })['_ws'];
  const shard = connections?.strategy.shards.get(shardId);
  if (shard === undefined) throw new TypeError(`shard ${shardId} has no connection that could be renewed`);
  return shard;
};

/**
 * Ends the session of a shard and begins another one: discord.js has no word for it.
 * @throws {TypeError} where discord.js has changed inside
 */
export const renewSession = async (client: Client, shardId: number, reason: string): Promise<void> => {
  await connectionOf(client, shardId).destroy({ code: NORMAL_CLOSE, reason, recover: 0 });
};

/**
 * Begins a session of a shard that discord.js has given up.
 * @throws {TypeError} where discord.js has changed inside
 */
export const beginSession = async (client: Client, shardId: number): Promise<void> => {
  await connectionOf(client, shardId).connect();
};
