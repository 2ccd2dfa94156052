import type { Moment } from '../../src/policy/calendar.ts';
import type { Limit } from '../../src/policy/limit.ts';

/** What limits are, said as simply as possible: all questions are remembered, and counted anew each time. */
export class LimitModel {
  readonly #limits: readonly Limit[];
  #asked: { readonly id: string; readonly userId: string; readonly moment: Moment; tokens: number; hasEnded: boolean }[] = [];

  constructor(limits: readonly Limit[]) {
    this.#limits = limits;
  }

  #used({ per, counts, window }: Limit, userId: string, moment: Moment): number {
    const mine = this.#asked.filter((one) => per !== 'member' || one.userId === userId);
    if (counts === 'at once') return mine.filter(({ hasEnded }) => !hasEnded).length;
    const within = mine.filter((one) => {
      if (window === 'minute') return one.moment.second >= moment.second - 60;
      if (window === 'hour') return one.moment.second >= moment.second - 3_600;
      return window === 'day' ? one.moment.day.of === moment.day.of : one.moment.month.of === moment.month.of;
    });
    return counts === 'questions' ? within.length : within.reduce((sum, { tokens }) => sum + tokens, 0);
  }

  asks(id: string, userId: string, moment: Moment, estimate: number): boolean {
    if (this.#limits.some((limit) => this.#used(limit, userId, moment) >= limit.most)) return false;
    this.#asked.push({ id, userId, moment, tokens: estimate, hasEnded: false });
    return true;
  }

  /** @param tokens undefined: it failed */
  ends(id: string, tokens: number | undefined): void {
    if (tokens === undefined) this.#asked = this.#asked.filter((one) => one.id !== id);
    for (const one of this.#asked) if (one.id === id) [one.tokens, one.hasEnded] = [tokens ?? 0, true];
  }
}
