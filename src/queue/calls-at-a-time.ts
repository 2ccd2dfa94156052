/** Where it begins and the most that it comes to, where nobody told a number. */
const FIRST = 64;
const MOST = 500;

export interface CallsAtATimeOptions {
  /** How many calls may be out at a time, as an admin says. Left out, that is found out. */
  readonly maxConcurrentCalls?: number | undefined;
  /** More than so many the memory cannot bear; counts where no admin says otherwise. */
  readonly bearableCalls?: number | undefined;
}

/**
 * How many calls may be out at a time. Additive increase, multiplicative decrease: one more for each call that the service took, half
 * after a refusal. Calls that were out together are refused together, which counts once: only who came later says something new.
 * @see https://datatracker.ietf.org/doc/html/rfc5681#section-3.1 one more for each that is taken, half of it for losses of one flight
 * @see https://docs.aws.amazon.com/bedrock/latest/userguide/troubleshooting-api-error-codes.html AWS: fewer calls at a time where they are throttled
 */
export class CallsAtATime {
  readonly most: number;
  /** Whether an admin says how many. */
  readonly isTold: boolean;
  #number: number;

  constructor({ maxConcurrentCalls, bearableCalls = MOST }: CallsAtATimeOptions) {
    this.isTold = maxConcurrentCalls !== undefined;
    this.most = maxConcurrentCalls ?? Math.min(MOST, bearableCalls);
    this.#number = maxConcurrentCalls ?? Math.min(FIRST, this.most);
  }

  get number(): number {
    return this.#number;
  }

  /** True where there is room for one more now. */
  grow(): boolean {
    if (this.#number >= this.most) return false;
    this.#number += 1;
    return true;
  }

  halve(): void {
    this.#number = Math.max(1, Math.floor(this.#number / 2));
  }
}

/** In a sentence, for admins. */
export const callsAtATimeText = (options: CallsAtATimeOptions): string => {
  const { number, most, isTold } = new CallsAtATime(options);
  return isTold
    ? `At most ${number} model calls are out at a time, as MAX_CONCURRENT_CALLS says.`
    : `${number} model calls may be out at a time at the start, and up to ${most} as Bedrock takes them; MAX_CONCURRENT_CALLS would bound that.`;
};
