export interface TimeLimit {
  readonly signal: AbortSignal;
  /** The work is done: the time no longer counts. */
  end(): void;
}

/**
 * Ends work that takes longer. The signals of `AbortSignal.timeout` do the same, but live until their time is over, and
 * each is a burden to the garbage collector until then.
 * @param ms milliseconds
 */
export const limitTime = (ms: number): TimeLimit => {
  const controller = new AbortController();
  const timer = setTimeout(() => controller.abort(new DOMException(`It took longer than ${ms} ms.`, 'TimeoutError')), ms);
  return { signal: controller.signal, end: () => clearTimeout(timer) };
};
