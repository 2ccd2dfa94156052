import type {
  DiscordSimulator,
  GuildOptions,
  SimulatedAuthor,
  SimulatedChannel,
  SimulatedGuild,
  SimulatedInteraction,
  SimulatedMessage,
  SimulatedUser,
} from './api.ts';
import type { Commands } from './commands.ts';
import type { Faults } from './faults.ts';
import type { Gateway } from './gateway.ts';
import type { HandleRegistry } from './handles.ts';
import type { Interactions } from './interactions.ts';
import { unfurledLinks } from './mentions.ts';
import { edit } from './messages.ts';
import { recordOf } from './handle-registry.ts';
import { privateChannel } from './places.ts';
import type { RateLimiter } from './rate-limits.ts';
import type { RequestLog } from './request-log.ts';
import type { Slowness } from './slowness.ts';
import { transcript } from './transcript.ts';
import { waitFor } from './waiting.ts';
import type { World } from './world.ts';

export interface SimulatorParts {
  readonly world: World;
  readonly gateway: Gateway;
  readonly limiter: RateLimiter;
  readonly faults: Faults;
  readonly slowness: Slowness;
  readonly log: RequestLog;
  readonly commands: Commands;
  readonly interactions: Interactions;
  readonly registry: HandleRegistry;
  readonly origin: string;
  readonly close: () => Promise<void>;
}

/** What a test holds in its hands. */
export class Simulator implements DiscordSimulator {
  readonly #parts: SimulatorParts;
  readonly #world: World;
  readonly commands: DiscordSimulator['commands'];

  constructor(parts: SimulatorParts) {
    this.#parts = parts;
    this.#world = parts.world;
    const { commands } = parts;
    this.commands = {
      global: () => [...commands.scope('global').values()],
      guild: (guild) => [...commands.scope(guild.id).values()],
      get puts() {
        return commands.puts;
      },
    };
  }

  get apiUrl(): string {
    return `${this.#parts.origin}/api`;
  }
  get cdnUrl(): string {
    return this.#world.files.cdnUrl;
  }
  get token(): string {
    return this.#world.token;
  }
  get applicationId(): string {
    return this.#world.applicationId;
  }
  get botUser(): SimulatedAuthor & { readonly mention: string } {
    return this.#parts.registry.user(this.#world.bot);
  }
  get owner(): SimulatedUser {
    return this.#parts.registry.user(this.#world.owner);
  }
  get gateway(): Gateway {
    return this.#parts.gateway;
  }
  get faults(): Faults {
    return this.#parts.faults;
  }
  get requests() {
    return this.#parts.log.requests;
  }
  get unexpectedRequests() {
    return this.#parts.log.unexpected;
  }
  get requestCounts() {
    return this.#parts.log.counts;
  }
  get rateLimitHits() {
    return this.#parts.log.rateLimitHits;
  }
  get invalidRequests(): number {
    return this.#parts.log.invalid;
  }
  get pings() {
    return this.#world.pings;
  }
  get unfurls() {
    return this.#world.unfurls;
  }
  get typing() {
    return this.#world.typing;
  }
  get interactions(): readonly SimulatedInteraction[] {
    return this.#parts.interactions.all;
  }

  addUser(options: { readonly name?: string; readonly globalName?: string; readonly bot?: boolean; readonly id?: string } = {}): SimulatedUser {
    const { name = `user${this.#world.users.size}`, globalName, bot, id } = options;
    return this.#parts.registry.user(this.#world.addUser({ name, globalName, bot, id }));
  }

  addGuild(options: GuildOptions = {}): SimulatedGuild {
    return this.#parts.registry.addGuild(options);
  }

  addPrivateChannel(people: readonly SimulatedUser[]): SimulatedChannel {
    const channel = privateChannel(this.#world, people.map((user) => recordOf(this.#world.users, user)));
    return this.#parts.registry.channel(channel);
  }

  channel(id: string): SimulatedChannel | undefined {
    const channel = this.#world.channels.get(id);
    return channel && this.#parts.registry.channel(channel);
  }

  message(id: string): SimulatedMessage | undefined {
    return this.#world.messages.get(id);
  }

  unfurl(message: SimulatedMessage, url?: string): void {
    const record = recordOf(this.#world.messages, message);
    const link = url ?? unfurledLinks(record.content)[0];
    if (link === undefined) throw new Error('The message has no link');
    edit(this.#world, record, { embeds: [...record.embeds, { type: 'link', url: link, title: 'A preview' } as never] });
  }

  resetToken(): void {
    this.#world.tokenRevoked = true;
    this.#parts.gateway.close(4004, 'Authentication failed.');
  }

  setMessageContentIntent(on: boolean): void {
    this.#world.portal.messageContent = on;
  }

  setPublicBot(on: boolean): void {
    this.#world.portal.publicBot = on;
  }

  limitGlobally(forMs: number): void {
    this.#parts.limiter.global.close(forMs);
  }

  answerSlowly(delayMs: number, forMs: number): void {
    this.#parts.slowness.begin(delayMs, forMs);
  }

  waitFor<T>(predicate: () => T, timeoutMs = 60_000) {
    return waitFor(this.#world, predicate, timeoutMs, () => this.#dump());
  }

  transcript(channel: SimulatedChannel): string {
    return transcript(channel);
  }

  advance(ms: number): void {
    this.#world.clock.advance(ms);
    this.#world.changed();
  }

  now(): number {
    return this.#world.clock.now();
  }

  async close(): Promise<void> {
    await this.#parts.close();
  }

  #dump(): string {
    const channels = [...this.#world.channels.values()].filter((channel) => channel.log.all().length > 0);
    const requests = this.requests.slice(-15).map(({ route, status, code }) => `  ${route} → ${status}${code === undefined ? '' : ` (${code})`}`);
    const sessions = this.gateway.sessions.map(({ shard, connected }) => `  shard ${shard.join('/')} ${connected ? 'connected' : 'away'}`);
    return [
      ...channels.slice(-5).map((channel) => transcript(this.#parts.registry.channel(channel), 10)),
      `Last requests:\n${requests.join('\n')}`,
      `Gateway sessions:\n${sessions.join('\n')}`,
    ].join('\n');
  }
}
