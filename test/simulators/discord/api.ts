import type { APIApplicationCommand } from 'discord-api-types/v10';
import type { Ping, SimulatedAuthor, SimulatedInteraction, SimulatedMessage, TypingRecord, Unfurl } from './api-messages.ts';
import type { FaultHandle, FaultRule, GatewayControls, RateLimitRule, RequestRecord } from './api-traffic.ts';
import type { GuildOptions, SimulatedChannel, SimulatedGuild, SimulatedUser } from './api-world.ts';

export type * from './api-messages.ts';
export type * from './api-traffic.ts';
export type * from './api-world.ts';

/** How the simulated Discord is set up. Every duration is in milliseconds. */
export interface DiscordSimulatorOptions {
  readonly port?: number;
  /** The switches of the developer portal for intents. All are off by default, as in a new application. */
  readonly messageContentIntent?: boolean;
  readonly guildMembersIntent?: boolean;
  readonly presenceIntent?: boolean;
  /** Whether people may install the application for themselves (user install). */
  readonly userInstall?: boolean;
  readonly recommendedShards?: number;
  /** Identifies allowed per 5 s, spread over shard_id % maxConcurrency. */
  readonly maxConcurrency?: number;
  readonly identifiesPerDay?: number;
  /** A shard with more guilds than this is refused with close code 4011. */
  readonly guildsPerShard?: number;
  readonly heartbeatIntervalMs?: number;
  /** How long a session without a connection stays resumable. */
  readonly resumeWindowMs?: number;
  /** How many dispatches a session keeps for a replay. */
  readonly replayBuffer?: number;
  /** The limits of routes. `off`: only those of `rateLimitOverrides` and the global one hold. */
  readonly rateLimits?: 'strict' | 'off';
  /** By route, for example `POST /channels/:id/messages`. Replaces the rules that the profile has for that route. */
  readonly rateLimitOverrides?: Readonly<Record<string, RateLimitRule | readonly RateLimitRule[] | 'off'>>;
  /** Requests of the bot in any second, interactions aside. Default: 50; `Infinity` for no limit. */
  readonly globalPerSecond?: number;
  /** Answers with 401, 403 and 429 in any ten minutes; then nothing but 429 comes back. Default: 10,000. */
  readonly invalidPerTenMinutes?: number;
  /** `all`: with bodies; `heads`: without; `none`: only counts. */
  readonly record?: 'all' | 'heads' | 'none';
  readonly keepMessagesPerChannel?: number;
  readonly attachmentSizeLimit?: number;
  readonly maxActiveThreads?: number;
  /** A wall clock; `advance()` adds to it. */
  readonly now?: () => number;
  readonly botName?: string;
  /** False: MESSAGE_CREATE says nothing of the kind of its channel, as some servers that speak the protocol do not. */
  readonly tellsChannelTypes?: boolean;
  /** False: no answer has a `Date` header, as behind some proxies. */
  readonly tellsDates?: boolean;
  /** What another server that speaks the protocol sends in the place of an event. */
  readonly sendsInstead?: (event: string, data: unknown) => unknown;
  /** What is answered instead of what a request that worked brings, by its route. */
  readonly answersInstead?: (route: string, body: unknown) => unknown;
}

export interface DiscordSimulator {
  readonly apiUrl: string;
  readonly cdnUrl: string;
  readonly token: string;
  readonly applicationId: string;
  readonly botUser: SimulatedAuthor & { readonly mention: string };
  readonly owner: SimulatedUser;
  readonly gateway: GatewayControls;

  addUser(options?: { readonly name?: string; readonly globalName?: string; readonly bot?: boolean; readonly id?: string }): SimulatedUser;
  addGuild(options?: GuildOptions): SimulatedGuild;
  /** A direct message among people, of two of them or of more; the bot is never in one, and hears nothing of it. */
  addPrivateChannel(people: readonly SimulatedUser[]): SimulatedChannel;
  channel(id: string): SimulatedChannel | undefined;
  message(id: string): SimulatedMessage | undefined;
  /** What Discord does a moment after a link was posted: MESSAGE_UPDATE with an embed and no edited_timestamp. */
  unfurl(message: SimulatedMessage, url?: string): void;
  /** Ends the token: REST answers 401, sessions close with 4004. */
  resetToken(): void;
  setMessageContentIntent(on: boolean): void;
  /** The switch "Public Bot", which is on in a new application. */
  setPublicBot(on: boolean): void;

  readonly requests: readonly RequestRecord[];
  readonly unexpectedRequests: readonly RequestRecord[];
  /** Requests by route, for example `POST /channels/:id/messages`. */
  readonly requestCounts: ReadonlyMap<string, number>;
  readonly rateLimitHits: ReadonlyMap<string, number>;
  /** Answers that count towards Discord's 10,000 in 10 minutes: 401, 403, and 429 unless shared. */
  readonly invalidRequests: number;
  readonly faults: { add(rule: FaultRule): FaultHandle; clear(): void };
  /** A global limit for so long: 429 to all that counts towards that limit. */
  limitGlobally(forMs: number): void;
  /** Requests that come in the next `forMs` take effect at once, and get their answer `delayMs` later. */
  answerSlowly(delayMs: number, forMs: number): void;
  readonly pings: readonly Ping[];
  readonly unfurls: readonly Unfurl[];
  readonly typing: readonly TypingRecord[];
  readonly interactions: readonly SimulatedInteraction[];
  readonly commands: {
    global(): readonly APIApplicationCommand[];
    guild(guild: SimulatedGuild): readonly APIApplicationCommand[];
    /** How often a whole set was registered with PUT. */
    readonly puts: number;
  };

  /** Resolves with the first truthy value of the predicate, asked again after every change. Default: 5 s. */
  waitFor<T>(predicate: () => T, timeoutMs?: number): Promise<Exclude<T, undefined | null | false | 0 | ''>>;
  transcript(channel: SimulatedChannel): string;
  /** Moves the simulator's clock, for token expiry, old messages, rate-limit windows. */
  advance(ms: number): void;
  now(): number;
  close(): Promise<void>;
}
