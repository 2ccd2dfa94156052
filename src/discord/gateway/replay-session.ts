import { GatewayDispatchEvents, GatewayOpcodes, GatewayVersion } from 'discord.js';
import { gatewaySocket } from './proxied-gateway.ts';
import type { NotedSession } from './noted-sessions.ts';

/** What an event of a session brought. */
export interface ReplayedEvent {
  readonly t: string;
  readonly d: unknown;
}

/** How long all of it may take, in milliseconds. */
const REPLAY_MS = 15_000;
/** It ends the session. @see https://discord.com/developers/docs/events/gateway#initiating-a-disconnect */
const NORMAL_CLOSE = 1000;

interface Payload {
  readonly op?: unknown;
  readonly t?: unknown;
  readonly s?: unknown;
  readonly d?: unknown;
}

const payloadOf = (text: string): Payload => {
  try {
    const payload: unknown = JSON.parse(text);
    return typeof payload === 'object' && payload !== null ? payload : {};
  } catch {
    return {};
  }
};

/**
 * Resumes the session of a process that is gone, hears what Discord held for it, and ends it. Resolves with whether all of it
 * came: Discord forgets a session after some minutes, and tells so.
 * @throws when the connection fails, or takes too long
 * @see https://discord.com/developers/docs/events/gateway#resuming
 */
export type ReplaySession = (session: NotedSession, token: string, hear: (event: ReplayedEvent) => void) => Promise<boolean>;

export const replaySession: ReplaySession = ({ id, sequence, address }, token, hear) =>
  new Promise((resolve, reject) => {
    let last = sequence;
    const socket = gatewaySocket(`${address.replace(/\/$/u, '')}/?v=${GatewayVersion}&encoding=json`);
    const end = (isWhole: boolean): void => {
      clearTimeout(timer);
      resolve(isWhole);
      // Nothing is left to be resumed.
      socket.close(NORMAL_CLOSE);
    };
    const fail = (error: Error): void => {
      clearTimeout(timer);
      reject(error);
      socket.terminate();
    };
    const timer = setTimeout(() => fail(new Error('Discord did not resume an earlier session in time.')), REPLAY_MS);
    const send = (op: GatewayOpcodes, d: unknown): void => socket.send(JSON.stringify({ op, d }));

    socket.on('message', (data: Buffer) => {
      const { op, t, s, d } = payloadOf(data.toString());
      if (typeof s === 'number') last = s;
      if (op === GatewayOpcodes.Hello) send(GatewayOpcodes.Resume, { token, session_id: id, seq: sequence });
      else if (op === GatewayOpcodes.Heartbeat) send(GatewayOpcodes.Heartbeat, last);
      else if (op === GatewayOpcodes.InvalidSession) end(false);
      else if (op === GatewayOpcodes.Dispatch && t === GatewayDispatchEvents.Resumed) end(true);
      else if (op === GatewayOpcodes.Dispatch && typeof t === 'string') hear({ t, d });
    });
    socket.on('close', (code: number) => fail(new Error(`Discord closed the connection to an earlier session (code ${code}).`)));
    socket.on('error', fail);
  });
