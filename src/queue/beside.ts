import { Failure } from '../conversation/failure.ts';

/** Calls that are out now and are nobody's question: whoever has to wait gets their places. */
export class CallsBeside {
  readonly #out = new Set<() => void>();

  /** @returns to be called when the call has ended */
  add(giveWay: () => void): () => void {
    this.#out.add(giveWay);
    return () => void this.#out.delete(giveWay);
  }

  giveWay(): void {
    for (const giveWay of this.#out) giveWay();
  }
}

/** Somebody waits, or nobody may go. */
export const noPlaceBeside = (): Failure => new Failure('line-full', "Others wait, or no call can go now: what is nobody's question is not asked.");
