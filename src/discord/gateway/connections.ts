import { setImmediate as othersTurn, setTimeout as sleep } from 'node:timers/promises';
import { CloseCodes, Events, GatewayOpcodes, PresenceUpdateStatus, Status, WebSocketShard, WebSocketShardEvents } from 'discord.js';
import type { Client, GatewayPresenceUpdateData, WebSocketManager } from 'discord.js';

interface Connection {
  connect(): Promise<void>;
  destroy(options: { code: number; reason: string; recover?: 0 }): Promise<void>;
  send(payload: { readonly op: GatewayOpcodes.PresenceUpdate; readonly d: GatewayPresenceUpdateData }): Promise<void>;
}

/** What discord.js keeps to itself: the connections behind its shards. */
interface Connections {
  readonly strategy: { readonly shards: Map<number, Connection>; spawn(shardIds: readonly number[]): Promise<void> };
  on(event: string, listener: () => void): unknown;
}

/** Undefined before the login. */
const connectionsOf = (client: Client): Connections | undefined => (client.ws as unknown as { _ws?: Connections | null })['_ws'] ?? undefined;

const connectionOf = (client: Client, shardId: number): Connection => {
  const shard = connectionsOf(client)?.strategy.shards.get(shardId);
  if (shard === undefined) throw new TypeError(`shard ${shardId} has no connection that could be renewed`);
  return shard;
};

/**
 * Ends the session of a shard and begins another one: discord.js has no word for it.
 * @throws {TypeError} where discord.js has changed inside
 */
export const renewSession = async (client: Client, shardId: number, reason: string): Promise<void> => {
  await connectionOf(client, shardId).destroy({ code: CloseCodes.Normal, reason, recover: 0 });
};

/**
 * Begins a session of a shard that discord.js has given up.
 * @throws {TypeError} where discord.js has changed inside
 */
export const beginSession = async (client: Client, shardId: number): Promise<void> => {
  await connectionOf(client, shardId).connect();
};

/** discord.js makes them for the shards that it logs in with. */
const makeShard = WebSocketShard as unknown as new (manager: WebSocketManager, id: number) => WebSocketShard;

/** Resolves when all is there that discord.js logs in with: until then it counts its shards. */
const whenReady = async (client: Client): Promise<void> => {
  if (!client.isReady()) await new Promise((resolve) => client.once(Events.ClientReady, resolve));
};

/**
 * Connects one more shard. Resolves when the connection has been begun.
 * @throws {TypeError} where discord.js has changed inside
 */
export const addShard = async (client: Client, shardId: number): Promise<void> => {
  await whenReady(client);
  const connections = connectionsOf(client);
  if (connections === undefined) throw new TypeError('discord.js has no connections to which one could be added');
  if (!client.ws.shards.has(shardId)) {
    const shard = new makeShard(client.ws, shardId);
    shard.on(WebSocketShardEvents.AllReady, (unavailable) => client.emit(Events.ShardReady, shardId, unavailable));
    shard.status = Status.Connecting;
    client.ws.shards.set(shardId, shard);
  }
  await connections.strategy.spawn([shardId]);
  // It is made anew as often as it takes; what Discord refuses for good is told as an event.
  connectionOf(client, shardId).connect().catch(() => undefined);
};

/** Leaves the session of a shard, which another process has, as at the end of this one, and knows nothing of it any more. */
export const removeShard = async (client: Client, shardId: number): Promise<void> => {
  await whenReady(client);
  const connections = connectionsOf(client);
  await connections?.strategy.shards.get(shardId)?.destroy({ code: CloseCodes.Resuming, reason: 'Another process has this shard' });
  // Of what came last, discord.js still asks whose it is.
  await othersTurn();
  connections?.strategy.shards.delete(shardId);
  client.ws.shards.delete(shardId);
};

/** Logs in, also where an earlier login has failed: discord.js takes itself for ended from then on. Rejects with its errors. */
export const logIn = async (client: Client, token: string): Promise<void> => {
  Object.assign(client.ws, { destroyed: false });
  await client.login(token);
};

/** Hears of each heartbeat that Discord has acknowledged. To be called when there is a connection. */
export const onHeartbeat = (client: Client, listener: () => void): void => {
  connectionsOf(client)?.on('heartbeat', listener);
};

/** How long it may take that the bot is shown as gone, in milliseconds. */
const FAREWELL_MS = 500;
/** @see https://discord.com/developers/docs/events/gateway-events#update-presence */
const GONE: GatewayPresenceUpdateData = { status: PresenceUpdateStatus.Invisible, since: null, activities: [], afk: false };

/**
 * Leaves Discord in such a way that the next process can ask for what nobody hears from now on: a close that does not end the
 * session, for the some minutes that Discord keeps it. The bot would be shown as online for as long, and is told to be shown as gone.
 * @see https://discord.com/developers/docs/events/gateway#initiating-a-disconnect
 */
export const leaveSessions = async (client: Client): Promise<void> => {
  const shards = [...(connectionsOf(client)?.strategy.shards.values() ?? [])];
  const farewell = Promise.allSettled(shards.map((shard) => shard.send({ op: GatewayOpcodes.PresenceUpdate, d: GONE })));
  // One that is being connected anew would wait for that.
  if (client.isReady()) await Promise.race([farewell, sleep(FAREWELL_MS, undefined, { ref: false })]);
  await Promise.allSettled(shards.map((shard) => shard.destroy({ code: CloseCodes.Resuming, reason: 'Another process goes on' })));
  await client.destroy();
};
