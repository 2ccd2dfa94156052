import type { Clock } from './clock.ts';

// https://docs.discord.com/developers/reference#snowflakes
const DISCORD_EPOCH = 1_420_070_400_000;
const PER_MILLISECOND = 1 << 22;

/** Makes ids that only ever grow, with the clock's time in them. */
export class Snowflakes {
  readonly #clock: Clock;
  #millisecond = 0;
  #count = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  next(): string {
    this.#count += 1;
    if (this.#clock.now() > this.#millisecond) this.#startMillisecond(this.#clock.now());
    else if (this.#count >= PER_MILLISECOND) this.#startMillisecond(this.#millisecond + 1);
    return this.#current();
  }

  /** An id in a millisecond of its own, so that successive guilds fall on successive shards: (id >> 22) % shards. */
  nextInNewMillisecond(): string {
    this.#startMillisecond(Math.max(this.#clock.now(), this.#millisecond + 1));
    return this.#current();
  }

  #startMillisecond(millisecond: number): void {
    this.#millisecond = Math.floor(millisecond);
    this.#count = 0;
  }

  #current(): string {
    return ((BigInt(this.#millisecond - DISCORD_EPOCH) << 22n) | BigInt(this.#count)).toString();
  }
}

export function createdAt(id: string): number {
  return Number(BigInt(id) >> 22n) + DISCORD_EPOCH;
}

export function isSnowflake(value: unknown): value is string {
  return typeof value === 'string' && /^\d{1,20}$/.test(value);
}

export function shardOf(guildId: string | undefined, shards: number): number {
  return guildId === undefined ? 0 : Number((BigInt(guildId) >> 22n) % BigInt(shards));
}
