import type { Refusal } from './circuit-breaker.ts';

/** Bedrock refuses calls to a model, for so many milliseconds still. */
export interface TripElsewhere {
  readonly modelId: string;
  readonly reason: Refusal;
  readonly forMs: number;
}

/** What Bedrock refuses one process it refuses all of them: what this one was refused, for the others, and what they were. */
export class SharedTrips {
  /** Of this process, by their models. */
  readonly #own = new Map<string, { readonly reason: Refusal; readonly until: number }>();
  readonly #listeners = new Map<string, (reason: Refusal, forMs: number) => void>();
  readonly #now: () => number;

  /** @param now milliseconds that only go forward */
  constructor(now: () => number) {
    this.#now = now;
  }

  /** Of this process. @param forMs zero where Bedrock takes calls again */
  note(modelId: string, reason: Refusal, forMs: number): void {
    if (forMs > 0) this.#own.set(modelId, { reason, until: this.#now() + forMs });
    else this.#own.delete(modelId);
  }

  /** Of this process, as they are now. */
  own(): readonly TripElsewhere[] {
    const now = this.#now();
    return [...this.#own].filter(([, { until }]) => until > now).map(([modelId, { reason, until }]) => ({ modelId, reason, forMs: until - now }));
  }

  /** The line of a model hears of those of others. */
  onHeard(modelId: string, listener: (reason: Refusal, forMs: number) => void): void {
    this.#listeners.set(modelId, listener);
  }

  /** Another process was refused. */
  hear({ modelId, reason, forMs }: TripElsewhere): void {
    if (forMs > 0) this.#listeners.get(modelId)?.(reason, forMs);
  }
}
