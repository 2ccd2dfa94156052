import { GatewayCloseCodes, GatewayOpcodes } from 'discord-api-types/v10';
import type { RawData, WebSocket } from 'ws';
import type { Session } from './gateway-session.ts';
import type { Fields } from './shape.ts';
import { isFields } from './shape.ts';

// https://docs.discord.com/developers/events/gateway#rate-limiting
const SENDS = 120;
const SENDS_PER_MS = 60_000;
/** https://docs.discord.com/developers/events/gateway#sending-events */
const MAXIMUM_PAYLOAD = 4096;

export interface GatewayRules {
  readonly heartbeatIntervalMs: number;
  readonly now: () => number;
  readonly acknowledges: () => boolean;
  readonly dispatches: () => boolean;
  readonly identify: (connection: Connection, data: Fields) => void;
  readonly resume: (connection: Connection, data: Fields) => void;
  readonly presence: (data: Fields) => void;
  readonly requestMembers: (connection: Connection, data: Fields) => void;
  readonly closed: (connection: Connection, code: number, by: 'client' | 'server') => void;
}

/** One websocket: HELLO, heartbeats, the limits on sending, and the session that speaks through it. */
export class Connection {
  readonly #socket: WebSocket;
  readonly #rules: GatewayRules;
  #session: Session | undefined;
  #sends = 0;
  #sendsSince: number;
  #heartbeatTimer: NodeJS.Timeout;
  #closedBy: 'client' | 'server' = 'client';
  #open = true;

  constructor(socket: WebSocket, rules: GatewayRules) {
    this.#socket = socket;
    this.#rules = rules;
    this.#sendsSince = rules.now();
    this.#heartbeatTimer = this.#expectHeartbeat();
    socket.on('message', (data, isBinary) => this.#receive(data, isBinary));
    socket.on('close', (code) => this.#ended(code));
    socket.on('error', () => undefined);
    this.send({ op: GatewayOpcodes.Hello, s: null, t: null, d: { heartbeat_interval: rules.heartbeatIntervalMs, _trace: [] } });
  }

  get session(): Session | undefined {
    return this.#session;
  }

  attach(session: Session): void {
    this.#session = session;
  }

  detach(): Session | undefined {
    const session = this.#session;
    this.#session = undefined;
    return session;
  }

  send(payload: unknown): void {
    this.#socket.send(JSON.stringify(payload));
  }

  sendFrame(frame: string): void {
    if (this.#rules.dispatches()) this.#socket.send(frame);
  }

  close(code: number, reason = ''): void {
    this.#closedBy = 'server';
    this.#socket.close(code, reason);
  }

  drop(): void {
    this.#closedBy = 'server';
    this.#socket.terminate();
  }

  requestHeartbeat(): void {
    this.send({ op: GatewayOpcodes.Heartbeat, d: null });
  }

  #receive(data: RawData, isBinary: boolean): void {
    if (!this.#open || !this.#mayStillSend()) return;
    const payload = isBinary ? undefined : parsed(data);
    if (!payload) return this.close(GatewayCloseCodes.DecodeError, 'Error while decoding payload.');
    const body = isFields(payload['d']) ? payload['d'] : {};
    switch (payload['op']) {
      case GatewayOpcodes.Heartbeat:
        return this.#heartbeat(payload['d']);
      case GatewayOpcodes.Identify:
        return this.#rules.identify(this, body);
      case GatewayOpcodes.Resume:
        return this.#rules.resume(this, body);
      case GatewayOpcodes.RequestGuildMembers:
        return this.#whenIdentified(() => this.#rules.requestMembers(this, body));
      case GatewayOpcodes.PresenceUpdate:
        return this.#whenIdentified(() => this.#rules.presence(body));
      case GatewayOpcodes.VoiceStateUpdate:
      case GatewayOpcodes.RequestSoundboardSounds:
        return this.#whenIdentified(() => undefined);
      default:
        return this.close(GatewayCloseCodes.UnknownOpcode, 'Unknown opcode.');
    }
  }

  #whenIdentified(act: () => void): void {
    if (this.#session) act();
    else this.close(GatewayCloseCodes.NotAuthenticated, 'Not authenticated.');
  }

  #heartbeat(sequence: unknown): void {
    this.#heartbeatTimer.refresh();
    if (typeof sequence === 'number') this.#session?.acknowledge(sequence);
    if (this.#rules.acknowledges()) this.send({ op: GatewayOpcodes.HeartbeatAck });
  }

  /** In real time: moving the simulator's clock must not end connections. */
  #expectHeartbeat(): NodeJS.Timeout {
    const timeOut = () => this.close(GatewayCloseCodes.SessionTimedOut, 'Session timed out.');
    return setTimeout(timeOut, this.#rules.heartbeatIntervalMs * 2).unref();
  }

  #mayStillSend(): boolean {
    const now = this.#rules.now();
    if (now - this.#sendsSince >= SENDS_PER_MS) {
      this.#sendsSince = now;
      this.#sends = 0;
    }
    this.#sends += 1;
    if (this.#sends <= SENDS) return true;
    this.close(GatewayCloseCodes.RateLimited, 'Rate limited.');
    return false;
  }

  #ended(code: number): void {
    this.#open = false;
    clearTimeout(this.#heartbeatTimer);
    this.#rules.closed(this, code, this.#closedBy);
  }
}

function parsed(data: RawData): Fields | undefined {
  const text = String(data);
  if (text.length > MAXIMUM_PAYLOAD) return undefined;
  try {
    const payload: unknown = JSON.parse(text);
    return isFields(payload) ? payload : undefined;
  } catch {
    return undefined;
  }
}
