import { once } from 'node:events';
import type { Client, GatewayDispatchPayload } from 'discord.js';
import { Events } from 'discord.js';
import { afterEach } from 'vitest';
import { WebSocket } from 'ws';
import type { DiscordSimulator, DiscordSimulatorOptions } from '../discord.ts';
import { startDiscordSimulator } from '../discord.ts';
import { connect } from './client.ts';

const running: { close(): unknown }[] = [];

/** Closes all that a test opened here behind it; to be called once in a file. */
export const closeAfterEach = (): void => {
  afterEach(async () => {
    for (const part of running.splice(0).toReversed()) await part.close();
  });
};

/** @param part is closed behind the test, before what was opened earlier */
export const closeLater = (part: { close(): unknown }): void => {
  running.push(part);
};

/** A simulator with one member in one channel. */
export async function simulator(options: DiscordSimulatorOptions = {}) {
  const discord = await startDiscordSimulator(options);
  running.push(discord);
  const ana = discord.addUser({ name: 'ana', globalName: 'Ana' });
  const guild = discord.addGuild({ members: [ana] });
  return { discord, ana, guild, channel: guild.addChannel({ name: 'general' }) };
}

/** discord.js, connected to it. */
export async function login(discord: DiscordSimulator, options: Parameters<typeof connect>[1] = {}) {
  const client = await connect(discord, options);
  running.push({ close: () => client.destroy() });
  return client;
}

/** A bare websocket, for what discord.js would never do. */
export async function socket(discord: DiscordSimulator, query = '?v=10&encoding=json') {
  const webSocket = new WebSocket(discord.gateway.url + query);
  running.push({ close: () => webSocket.terminate() });
  const frames: { op: number; t: string | null; s: number | null; d: unknown }[] = [];
  const waiting = new Set<() => void>();
  webSocket.on('message', (data) => {
    frames.push(JSON.parse(String(data)));
    for (const check of waiting) check();
  });
  const closed = new Promise<number>((resolve) => webSocket.on('close', resolve));
  await once(webSocket, 'open');
  return {
    frames,
    closed,
    send: (op: number, d: unknown) => webSocket.send(JSON.stringify({ op, d })),
    sendRaw: (data: string | Buffer) => webSocket.send(data),
    identify: (more: object = {}) =>
      webSocket.send(JSON.stringify({ op: 2, d: { token: discord.token, properties: {}, intents: 0, shard: [0, 1], ...more } })),
    frame: (fits: (frame: (typeof frames)[number]) => boolean) =>
      new Promise<(typeof frames)[number]>((resolve) => {
        const check = () => {
          const found = frames.find(fits);
          if (found) resolve(found);
        };
        waiting.add(check);
        check();
      }),
  };
}

/** All that a client hears from now on. */
export function received(client: Client): GatewayDispatchPayload[] {
  const packets: GatewayDispatchPayload[] = [];
  client.on(Events.Raw as never, (packet: GatewayDispatchPayload) => packets.push(packet));
  return packets;
}
