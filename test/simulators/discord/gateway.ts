import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { APIVersion, GatewayCloseCodes, GatewayIntentBits, GatewayOpcodes } from 'discord-api-types/v10';
import { WebSocketServer } from 'ws';
import type { GatewayControls, GatewaySelector } from './api.ts';
import type { GatewayRules } from './gateway-connection.ts';
import { Connection } from './gateway-connection.ts';
import { IdentifyGate } from './gateway-identify.ts';
import { Session } from './gateway-session.ts';
import { memberWithUser, userPayload } from './payloads.ts';
import { guildCreatePayload } from './places.ts';
import type { Fields } from './shape.ts';
import { shardOf } from './snowflakes.ts';
import type { Dispatch, World } from './world.ts';

/** After these, and after a normal end, there is nothing to resume. */
const endsSession: ReadonlySet<number> = new Set([
  1000,
  1001,
  GatewayCloseCodes.AuthenticationFailed,
  GatewayCloseCodes.InvalidSeq,
  GatewayCloseCodes.SessionTimedOut,
  GatewayCloseCodes.InvalidShard,
  GatewayCloseCodes.ShardingRequired,
  GatewayCloseCodes.InvalidAPIVersion,
  GatewayCloseCodes.InvalidIntents,
  GatewayCloseCodes.DisallowedIntents,
]);

/** https://docs.discord.com/developers/events/gateway */
export class Gateway implements GatewayControls {
  readonly identifies: { shard: readonly [number, number]; intents: number; at: number }[] = [];
  readonly resumes: { sessionId: string; replayed: number; at: number }[] = [];
  readonly closes: { code: number; by: 'client' | 'server'; at: number }[] = [];
  readonly presences: Fields[] = [];
  readonly gate: IdentifyGate;
  readonly #world: World;
  readonly #server = new WebSocketServer({ noServer: true });
  readonly #connections = new Set<Connection>();
  readonly #sessions = new Map<string, Session>();
  readonly #speaking = new Map<Session, Connection>();
  readonly #rules: GatewayRules;
  #acknowledging = true;
  #dispatching = true;
  #accepting = true;
  #resuming = true;
  unansweredResumes = 0;
  url = '';

  constructor(world: World) {
    this.#world = world;
    this.gate = new IdentifyGate(world);
    this.#rules = {
      heartbeatIntervalMs: world.settings.heartbeatIntervalMs,
      now: () => world.clock.now(),
      acknowledges: () => this.#acknowledging,
      dispatches: () => this.#dispatching,
      identify: (connection, data) => this.#identify(connection, data),
      resume: (connection, data) => this.#resume(connection, data),
      presence: (data) => this.presences.push(data),
      requestMembers: (connection, data) => this.#sendMembers(connection, data),
      closed: (connection, code, by) => this.#closed(connection, code, by),
    };
    world.dispatch = (dispatch) => this.#broadcast(dispatch);
  }

  get sessions() {
    return [...this.#sessions.values()].map((session) => ({
      id: session.id,
      shard: session.shard,
      intents: session.intents,
      sequence: session.sequence,
      connected: this.#speaking.has(session),
    }));
  }

  get connections(): number {
    return this.#connections.size;
  }

  upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    if (!this.#accepting) {
      socket.end('HTTP/1.1 503 Service Unavailable\r\nConnection: close\r\n\r\n');
      return;
    }
    const query = new URL(request.url ?? '/', 'http://localhost').searchParams;
    this.#server.handleUpgrade(request, socket, head, (webSocket) => {
      if (query.get('v') !== APIVersion) return webSocket.close(GatewayCloseCodes.InvalidAPIVersion, 'Invalid API version.');
      // Only JSON without transport compression is spoken here.
      if ((query.get('encoding') ?? 'json') !== 'json' || query.has('compress')) {
        return webSocket.close(GatewayCloseCodes.DecodeError, 'Only encoding=json without compression is simulated.');
      }
      this.#connections.add(new Connection(webSocket, this.#rules));
      this.#world.changed();
    });
  }

  drop(selector: GatewaySelector = {}): void {
    for (const connection of this.#selected(selector)) connection.drop();
  }

  requestReconnect(selector: GatewaySelector = {}): void {
    for (const connection of this.#selected(selector)) connection.send({ op: GatewayOpcodes.Reconnect, d: null });
  }

  invalidate(options: { readonly resumable: boolean }, selector: GatewaySelector = {}): void {
    for (const connection of this.#selected(selector)) {
      const session = connection.detach();
      if (session && options.resumable) this.#leave(session);
      else if (session) this.#end(session);
      connection.send({ op: GatewayOpcodes.InvalidSession, d: options.resumable });
    }
  }

  close(code: number, reason = '', selector: GatewaySelector = {}): void {
    for (const connection of this.#selected(selector)) connection.close(code, reason);
  }

  requestHeartbeat(selector: GatewaySelector = {}): void {
    for (const connection of this.#selected(selector)) connection.requestHeartbeat();
  }

  muteAcks(muted = true): void {
    this.#acknowledging = !muted;
  }

  setDispatching(on: boolean): void {
    this.#dispatching = on;
  }

  setResuming(on: boolean): void {
    this.#resuming = on;
  }

  refuseToken(times: number): void {
    this.gate.refusals = times;
  }

  setAccepting(on: boolean): void {
    this.#accepting = on;
  }

  dispatch(event: string, data: unknown, selector: GatewaySelector = {}): void {
    const json = JSON.stringify(data);
    for (const session of this.#sessions.values()) if (matches(session, selector)) this.#tell(session, event, json);
  }

  stop(): void {
    for (const connection of this.#connections) connection.drop();
    this.#server.close();
  }

  #selected(selector: GatewaySelector): Connection[] {
    const whole = selector.shard === undefined && selector.sessionId === undefined;
    return [...this.#connections].filter((connection) => whole || (connection.session && matches(connection.session, selector)));
  }

  #broadcast({ event, guildId, intents, data, hasContent = false }: Dispatch): void {
    if (this.#sessions.size === 0) return;
    const json: { true?: string; false?: string } = {};
    for (const session of this.#sessions.values()) {
      if (!session.hears(guildId, intents)) continue;
      const contentIntent = !hasContent || (session.intents & GatewayIntentBits.MessageContent) !== 0;
      this.#tell(session, event, (json[`${contentIntent}`] ??= JSON.stringify(this.#world.settings.sendsInstead(event, data(contentIntent)))));
    }
  }

  #tell(session: Session, event: string, json: string): void {
    const frame = session.number(event, json);
    this.#speaking.get(session)?.sendFrame(frame);
  }

  #identify(connection: Connection, data: Fields): void {
    if (connection.session) return connection.close(GatewayCloseCodes.AlreadyAuthenticated, 'Already authenticated.');
    const verdict = this.gate.judge(data);
    if (verdict === 'too fast') return connection.send({ op: GatewayOpcodes.InvalidSession, d: false });
    if ('close' in verdict) return connection.close(verdict.close, verdict.reason);
    const session = new Session(verdict.shard, verdict.intents, this.#world.settings.replayBuffer);
    this.#sessions.set(session.id, session);
    this.identifies.push({ shard: session.shard, intents: session.intents, at: performance.now() });
    this.#join(connection, session);
    this.#greet(session);
    this.#world.changed();
  }

  #greet(session: Session): void {
    const world = this.#world;
    const [id, count] = session.shard;
    const guilds = [...world.guilds.values()].filter((guild) => guild.hasBot && shardOf(guild.id, count) === id);
    const ready = {
      v: Number(APIVersion),
      user: { ...userPayload(world.bot), email: null, verified: true, mfa_enabled: true, flags: 0 },
      guilds: guilds.map((guild) => ({ id: guild.id, unavailable: true })),
      session_id: session.id,
      resume_gateway_url: this.url,
      session_type: 'normal',
      shard: session.shard,
      private_channels: [],
      presences: [],
      relationships: [],
      application: { id: world.applicationId, flags: 0 },
    };
    this.#tell(session, 'READY', JSON.stringify(ready));
    if (!(session.intents & GatewayIntentBits.Guilds)) return;
    for (const guild of guilds) {
      if (!guild.unavailable) this.#tell(session, 'GUILD_CREATE', JSON.stringify(guildCreatePayload(world, guild)));
    }
  }

  #resume(connection: Connection, data: Fields): void {
    if (connection.session) return connection.close(GatewayCloseCodes.AlreadyAuthenticated, 'Already authenticated.');
    if (data['token'] !== this.#world.token || this.#world.tokenRevoked) {
      return connection.close(GatewayCloseCodes.AuthenticationFailed, 'Authentication failed.');
    }
    if (!this.#resuming) {
      this.unansweredResumes += 1;
      this.#world.changed();
      return;
    }
    const session = this.#sessions.get(String(data['session_id']));
    const sequence = typeof data['seq'] === 'number' ? data['seq'] : 0;
    if (session && sequence > session.sequence) {
      this.#end(session);
      return connection.close(GatewayCloseCodes.InvalidSeq, 'Invalid seq.');
    }
    const missed = session?.after(sequence);
    if (!session || !missed) {
      if (session) this.#end(session);
      return connection.send({ op: GatewayOpcodes.InvalidSession, d: false });
    }
    this.#speaking.get(session)?.detach();
    this.#join(connection, session);
    for (const frame of missed) connection.sendFrame(frame);
    this.#tell(session, 'RESUMED', JSON.stringify({ _trace: [] }));
    this.resumes.push({ sessionId: session.id, replayed: missed.length, at: performance.now() });
    this.#world.changed();
  }

  #join(connection: Connection, session: Session): void {
    session.cancelExpiry?.();
    session.cancelExpiry = undefined;
    connection.attach(session);
    this.#speaking.set(session, connection);
  }

  /** The session waits for a RESUME, but not for ever. */
  #leave(session: Session): void {
    this.#speaking.delete(session);
    session.cancelExpiry?.();
    session.cancelExpiry = this.#world.clock.after(this.#world.settings.resumeWindowMs, () => this.#end(session));
  }

  #end(session: Session): void {
    session.cancelExpiry?.();
    this.#speaking.delete(session);
    this.#sessions.delete(session.id);
    this.#world.changed();
  }

  #closed(connection: Connection, code: number, by: 'client' | 'server'): void {
    this.#connections.delete(connection);
    this.closes.push({ code, by, at: performance.now() });
    const session = connection.detach();
    if (session && endsSession.has(code)) this.#end(session);
    else if (session) this.#leave(session);
    this.#world.changed();
  }

  /** https://docs.discord.com/developers/events/gateway-events#request-guild-members */
  #sendMembers(connection: Connection, data: Fields): void {
    const session = connection.session;
    const guild = this.#world.guilds.get(String(data['guild_id']));
    if (!session || !guild?.hasBot) return;
    const wanted = data['user_ids'] === undefined ? undefined : [data['user_ids']].flat().map(String);
    const everybody = wanted === undefined && (data['query'] ?? '') === '';
    if (everybody && !(session.intents & GatewayIntentBits.GuildMembers)) {
      return connection.close(GatewayCloseCodes.DisallowedIntents, 'Disallowed intent(s).');
    }
    const query = String(data['query'] ?? '').toLowerCase();
    const limit = Number(data['limit'] ?? 0) || 1000;
    const members = wanted
      ? wanted.flatMap((id) => guild.members.get(id) ?? [])
      : [...guild.members.values()].filter(({ user, nick }) => (nick ?? user.name).toLowerCase().startsWith(query)).slice(0, limit);
    const chunk = {
      guild_id: guild.id,
      members: members.map(memberWithUser),
      chunk_index: 0,
      chunk_count: 1,
      not_found: wanted?.filter((id) => !guild.members.has(id)) ?? [],
      ...(data['nonce'] !== undefined && { nonce: data['nonce'] }),
    };
    this.#tell(session, 'GUILD_MEMBERS_CHUNK', JSON.stringify(chunk));
  }
}

function matches(session: Session, { shard, sessionId }: GatewaySelector): boolean {
  return (shard === undefined || session.shard[0] === shard) && (sessionId === undefined || session.id === sessionId);
}
