import { GatewayCloseCodes, GatewayIntentBits } from 'discord-api-types/v10';
import type { Fields } from './shape.ts';
import type { World } from './world.ts';

const privileged = GatewayIntentBits.MessageContent | GatewayIntentBits.GuildMembers | GatewayIntentBits.GuildPresences;
const everyIntent = Object.values(GatewayIntentBits).reduce<number>((sum, bit) => (typeof bit === 'number' ? sum | bit : sum), 0);

/** https://docs.discord.com/developers/events/gateway#session-start-limit-object */
const IDENTIFY_INTERVAL = 5000;
const DAY = 24 * 60 * 60_000;

export type Identify =
  | { readonly shard: readonly [number, number]; readonly intents: number }
  | { readonly close: number; readonly reason: string }
  | 'too fast';

/** Decides about an IDENTIFY: what is wrong with it, and whether it comes too soon or too often. */
export class IdentifyGate {
  readonly #world: World;
  readonly #lastByBucket = new Map<number, number>();
  #used = 0;
  #resetAt: number;
  /** So many more are answered as if the token were wrong. */
  refusals = 0;

  constructor(world: World) {
    this.#world = world;
    this.#resetAt = world.clock.now() + DAY;
  }

  get sessionStartLimit(): { total: number; remaining: number; reset_after: number; max_concurrency: number } {
    this.#renew();
    const { identifiesPerDay, maxConcurrency } = this.#world.settings;
    return {
      total: identifiesPerDay,
      remaining: Math.max(0, identifiesPerDay - this.#used),
      reset_after: Math.ceil(this.#resetAt - this.#world.clock.now()),
      max_concurrency: maxConcurrency,
    };
  }

  judge(data: Fields): Identify {
    const world = this.#world;
    if (this.refusals > 0 || data['token'] !== world.token || world.tokenRevoked) {
      this.refusals = Math.max(0, this.refusals - 1);
      return { close: GatewayCloseCodes.AuthenticationFailed, reason: 'Authentication failed.' };
    }
    if (typeof data['properties'] !== 'object' || data['properties'] === null) {
      return { close: GatewayCloseCodes.DecodeError, reason: 'Error while decoding payload.' };
    }
    const shard = shardFrom(data['shard']);
    if (!shard) return { close: GatewayCloseCodes.InvalidShard, reason: 'Invalid shard.' };
    const guilds = [...world.guilds.values()].filter((guild) => guild.hasBot).length;
    if (guilds > world.settings.guildsPerShard * shard[1]) {
      return { close: GatewayCloseCodes.ShardingRequired, reason: 'Sharding required.' };
    }
    const { intents } = data;
    if (typeof intents !== 'number' || !Number.isInteger(intents) || (intents & ~everyIntent) !== 0) {
      return { close: GatewayCloseCodes.InvalidIntents, reason: 'Invalid intent(s).' };
    }
    if (intents & privileged & ~world.privilegedIntentsAllowed()) {
      return { close: GatewayCloseCodes.DisallowedIntents, reason: 'Disallowed intent(s).' };
    }
    return this.#count(shard, intents);
  }

  #count(shard: readonly [number, number], intents: number): Identify {
    this.#renew();
    const { identifiesPerDay, maxConcurrency } = this.#world.settings;
    const now = this.#world.clock.now();
    const bucket = shard[0] % maxConcurrency;
    if (now - (this.#lastByBucket.get(bucket) ?? -Infinity) < IDENTIFY_INTERVAL) return 'too fast';
    this.#lastByBucket.set(bucket, now);
    this.#used += 1;
    // Whoever identifies more often loses the token. https://docs.discord.com/developers/events/gateway#identifying
    if (this.#used > identifiesPerDay) {
      this.#world.tokenRevoked = true;
      return { close: GatewayCloseCodes.AuthenticationFailed, reason: 'Authentication failed.' };
    }
    return { shard, intents };
  }

  #renew(): void {
    if (this.#world.clock.now() < this.#resetAt) return;
    this.#resetAt = this.#world.clock.now() + DAY;
    this.#used = 0;
  }
}

function shardFrom(value: unknown): readonly [number, number] | undefined {
  if (value === undefined) return [0, 1];
  if (!Array.isArray(value) || value.length !== 2) return undefined;
  const [id, count]: unknown[] = value;
  if (typeof id !== 'number' || typeof count !== 'number' || id < 0 || id >= count) return undefined;
  return [id, count];
}
