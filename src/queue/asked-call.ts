import type { PlannedCall } from '../conversation/ports.ts';

/** How long a call waits at most while the gate is closed, in milliseconds: as long as an interaction's token lives. */
const MAX_WAIT_MS = 15 * 60_000;

/** What the line remembers of one call from attempt to attempt. */
export class AskedCall {
  /** A rough count of the prompt. */
  readonly inputTokens: number;
  /** How often Bedrock has refused it. */
  refusals = 0;
  /** When it did so last, by the monotonic clock. */
  lastRefusedAt = Infinity;
  #deadline: number | undefined = undefined;
  /** Alone it takes more than the quota of a minute has: it need not be made again. */
  isBeyondQuota = false;

  /** With files of which it may be a fraction only. */
  readonly isRoughCount: boolean;

  /** The greatest answer, in tokens, where it has one of its own. */
  readonly answerTokens: number | undefined;

  constructor({ inputTokens, isRoughCount = false, answerTokens }: Pick<PlannedCall, 'inputTokens' | 'isRoughCount' | 'answerTokens'>) {
    this.inputTokens = inputTokens;
    this.isRoughCount = isRoughCount;
    this.answerTokens = answerTokens;
  }

  get wasRefused(): boolean {
    return this.refusals > 0;
  }

  /** How long it waits for a closed gate: until then, by the monotonic clock. However often it is refused meanwhile, that stays. */
  deadline(now: number): number {
    return (this.#deadline ??= now + MAX_WAIT_MS);
  }

  /** It was under way, and begins anew. */
  beginsAnew(): void {
    this.#deadline = undefined;
  }

  refused(now: number): void {
    this.deadline(now);
    this.refusals += 1;
    this.lastRefusedAt = now;
  }
}
