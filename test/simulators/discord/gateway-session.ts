import { randomBytes } from 'node:crypto';
import { shardOf } from './snowflakes.ts';

/** What survives a lost connection: the numbering of events, and those that may have to be sent again. */
export class Session {
  readonly id = randomBytes(16).toString('hex');
  readonly shard: readonly [number, number];
  readonly intents: number;
  readonly #limit: number;
  #kept: { readonly sequence: number; readonly frame: string }[] = [];
  #lostUpTo = 0;
  sequence = 0;
  cancelExpiry: (() => void) | undefined;

  constructor(shard: readonly [number, number], intents: number, replayBuffer: number) {
    this.shard = shard;
    this.intents = intents;
    this.#limit = replayBuffer;
  }

  hears(guildId: string | undefined, intents: number): boolean {
    if (intents !== 0 && (this.intents & intents) === 0) return false;
    return shardOf(guildId, this.shard[1]) === this.shard[0];
  }

  /** Numbers an event; the answer is the frame to send. */
  number(event: string, json: string): string {
    this.sequence += 1;
    const frame = `{"t":"${event}","s":${this.sequence},"op":0,"d":${json}}`;
    this.#kept.push({ sequence: this.sequence, frame });
    if (this.#kept.length > this.#limit * 2) this.#forgetBefore(this.#kept.length - this.#limit);
    return frame;
  }

  /** A heartbeat carries the last number that arrived: nothing up to it is ever asked for again. */
  acknowledge(sequence: number): void {
    const index = this.#kept.findIndex((event) => event.sequence > sequence);
    this.#forgetBefore(index === -1 ? this.#kept.length : index);
  }

  /** The frames after `sequence`, or undefined where some of them are no longer kept. */
  after(sequence: number): string[] | undefined {
    if (sequence < this.#lostUpTo) return undefined;
    return this.#kept.filter((event) => event.sequence > sequence).map(({ frame }) => frame);
  }

  #forgetBefore(index: number): void {
    this.#lostUpTo = this.#kept[index - 1]?.sequence ?? this.#lostUpTo;
    this.#kept = this.#kept.slice(index);
  }
}
