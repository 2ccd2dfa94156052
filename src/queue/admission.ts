import { SETUP_FAILURES } from '../conversation/failure.ts';
import { OWN_CLOCKS } from './clocks.ts';
import { DayAccount } from './day-account.ts';
import { CircuitBreaker } from './circuit-breaker.ts';
import { inputTokensOf, InputCalibration } from './input-calibration.ts';
import { LearnedQuota } from './learned-quota.ts';
import { QuotaCeiling } from './quota-ceiling.ts';
import { ConfiguredQuota } from './configured-quota.ts';
import type { Failure, FailureKind } from '../conversation/failure.ts';
import type { TokenUsage } from '../conversation/reply.ts';
import type { Log } from '../log/log.ts';
import type { AskedCall } from './asked-call.ts';
import type { Clocks } from './clocks.ts';
import type { Trip, CircuitBreakerOptions, Refusal } from './circuit-breaker.ts';
import type { Claim } from './learned-quota.ts';
import type { QuotaLimits } from './configured-quota.ts';
import type { QuotaPart } from './quota-part.ts';
import type { SharedTrips } from './shared-trips.ts';

export interface AdmissionOptions extends CircuitBreakerOptions {
  /** The model's greatest answer, as sent in each request: Bedrock reserves it. */
  readonly maxTokens: number;
  /** How many tokens of the quota one output token takes. */
  readonly outputBurndown: number;
  /** What is left out is learned from Bedrock's refusals. */
  readonly limits: QuotaLimits;
  /** How much of them is for this process; without it, all. */
  readonly quotaPart?: QuotaPart | undefined;
  /** What other processes are refused, and what this one is, by the model; without it, nobody hears of either. */
  readonly elsewhere?: { readonly trips: SharedTrips; readonly modelId: string } | undefined;
  /** What was used today; without it, a restart forgets that. */
  readonly day?: DayAccount | undefined;
  readonly clocks?: Clocks | undefined;
  readonly log: Pick<Log, 'info' | 'warn'>;
}

/** What the service said of a failure: when it wants the call again, and whether it counted requests, not tokens. */
type Told = Pick<Failure, 'retryAt' | 'wereRequests'>;

/** The leave for one model call. It ends with the first of `settle` and `fail`; what comes later is ignored. */
export interface Lease {
  /** Bedrock took the call: others need not wait for its end to know. */
  begun(): void;
  /** The call was answered. Without usage, all that it reserved counts as used. */
  settle(usage: TokenUsage | undefined): void;
  /** The call failed, or was not made. */
  fail(kind: FailureKind, told?: Told): void;
}

const REFUSALS: readonly FailureKind[] = ['throttled', 'overloaded', 'daily-quota'] satisfies Refusal[];
const isRefusal = (kind: FailureKind): kind is Refusal => REFUSALS.includes(kind);

/** Failures of requests that Bedrock never began to work on. */
const FREE = new Set<FailureKind>([
  ...REFUSALS,
  ...SETUP_FAILURES,
  'too-long',
  'request-refused',
  'file-refused',
  // The model was not asked.
  'unchecked',
  'checks-refused',
]);

/** What an answered call counts for. Cache reads are free. */
const costOf = ({ inputTokens, outputTokens, cacheWriteInputTokens = 0 }: TokenUsage, burndown: number): number =>
  inputTokens + cacheWriteInputTokens + burndown * outputTokens;

/**
 * What one call can be booked as, beside its answer: so many times what was estimated, which no prompt comes to, and what
 * Bedrock adds by itself. One odd report must not use up a minute's or a day's quota for everybody.
 */
const MOST_BY_ESTIMATE = 8;
const MOST_BESIDE = 20_000;

/** What is told to be too much surely is: of text most that is counted is there, of files perhaps only a little. */
const SURE_OF_TEXT = 0.75;
const SURE_OF_FILES = 0.1;

/** When calls may go, by everything that has a say in it: the circuit breaker, the quotas that were configured, the one that we learned. */
export class Admission {
  readonly #options: AdmissionOptions;
  readonly #clocks: Clocks;
  readonly #breaker: CircuitBreaker;
  readonly #day: DayAccount;
  readonly #configured: ConfiguredQuota;
  readonly #learned = new LearnedQuota();
  readonly #ceiling = new QuotaCeiling();
  readonly #calibration = new InputCalibration();
  readonly #onChange: () => void;

  /** @param onChange others may be ready earlier now, or later */
  constructor(options: AdmissionOptions, onChange: () => void) {
    this.#options = options;
    this.#clocks = options.clocks ?? OWN_CLOCKS;
    this.#breaker = new CircuitBreaker(options, this.#clocks);
    this.#day = options.day ?? new DayAccount({ now: this.#clocks.wall });
    this.#configured = new ConfiguredQuota(options.limits, this.#day, this.#clocks.monotonic(), options.quotaPart);
    this.#onChange = onChange;
    options.quotaPart?.onChange(onChange);
    options.elsewhere?.trips.onHeard(options.elsewhere.modelId, (reason, ms) => {
      if (!this.#breaker.tripElsewhere(reason, ms)) return;
      options.log.info({ reason, seconds: Math.ceil(ms / 1_000) }, 'Bedrock refuses calls of another process; waiting with it');
      onChange();
    });
    this.#day.onClosed = (dayEndsAt) => {
      this.#breaker.tripForDay(dayEndsAt);
      onChange();
    };
  }

  /** Why calls wait; its time may have come already: then one call at a time tries. */
  get trip(): Trip | undefined {
    return this.#breaker.trip;
  }

  /** How many calls may be out at a time, as it is now. */
  get concurrency(): number {
    return this.#breaker.concurrency;
  }

  /**
   * By the monotonic clock, as `now` is; `Infinity` when only the end of another call can tell.
   * @param kept tokens that are to be left for somebody else
   */
  readyAt(call: AskedCall, now: number, kept = 0): number {
    return Math.max(this.#breaker.readyAt(call, this.reservationOf(call), now), this.quotaReadyAt(call, now, kept));
  }

  /** The same, if nothing counted but the quotas. */
  quotaReadyAt(call: AskedCall, now: number, kept = 0): number {
    const tokens = this.reservationOf(call) + kept;
    return Math.max(this.#configured.readyAt(tokens, now), this.#learned.readyAt(tokens, now));
  }

  /** What Bedrock will reserve. */
  reservationOf(call: AskedCall): number {
    return this.#calibration.tokens(call.inputTokens) + this.#answerTokensOf(call);
  }

  #answerTokensOf({ answerTokens = this.#options.maxTokens }: AskedCall): number {
    return answerTokens;
  }

  /** What a minute's quota is that the call alone surely exceeds, in tokens; undefined where it may be let through. */
  exceededBy(call: AskedCall, now: number): number | undefined {
    const { inputTokens, isRoughCount } = call;
    const { limits } = this.#options;
    const maxTokens = this.#answerTokensOf(call);
    const { tokensPerMinute = Infinity } = limits;
    const likely = this.#calibration.likely(inputTokens);
    if ((isRoughCount ? SURE_OF_FILES : SURE_OF_TEXT) * likely + maxTokens > tokensPerMinute) return tokensPerMinute;
    const ceiling = this.#ceiling.tokens(now);
    // What was counted in the same way was refused.
    return (isRoughCount ? SURE_OF_FILES : 1) * likely + maxTokens >= ceiling ? ceiling : undefined;
  }

  /** Takes what a call needs, whether it is ready or not. */
  lend(call: AskedCall, now: number): Lease {
    const { inputTokens } = call;
    const maxTokens = this.#answerTokensOf(call);
    const tokens = this.reservationOf(call);
    const ticket = this.#breaker.enter(call, tokens);
    const claim = this.#learned.reserve(this.#calibration.likely(inputTokens) + maxTokens, now);
    this.#configured.reserve(tokens, now);
    let hasBegun = false;
    let isOver = false;

    const begun = (): void => {
      if (hasBegun || isOver) return;
      hasBegun = true;
      this.#learned.accept(claim, this.#clocks.monotonic());
      this.#ceiling.accept(claim, this.#clocks.monotonic());
      const { hasClosed, hasGrown } = this.#breaker.accept(ticket);
      if (hasClosed) this.#tellElsewhere('throttled', 0);
      if (hasClosed) this.#options.log.info({ concurrency: this.concurrency }, 'Bedrock takes calls again');
      if (hasClosed || hasGrown) this.#onChange();
    };
    const end = (cost: number): void => {
      isOver = true;
      const at = this.#clocks.monotonic();
      this.#configured.settle(tokens, cost, at);
      this.#learned.settle(claim, cost, at);
      this.#breaker.leave(ticket);
    };
    const failedCost = (kind: FailureKind): number => {
      if (hasBegun || kind === 'timed-out') return tokens;
      return FREE.has(kind) ? 0 : tokens - maxTokens;
    };
    return {
      begun,
      settle: (usage) => {
        if (isOver) return;
        begun();
        const mostInput = MOST_BY_ESTIMATE * inputTokens + MOST_BESIDE;
        if (usage !== undefined && inputTokensOf(usage) <= mostInput) this.#calibration.learn(inputTokens, inputTokensOf(usage));
        const { outputBurndown } = this.#options;
        end(usage === undefined ? tokens : Math.min(costOf(usage, outputBurndown), mostInput + outputBurndown * maxTokens));
        this.#onChange();
      },
      fail: (kind, told) => {
        if (isOver) return;
        // Too many requests say nothing of tokens.
        const wasForTokens = kind === 'throttled' && told?.wereRequests !== true;
        const refused = isRefusal(kind) ? this.#breaker.refuse(ticket, { reason: kind, retryAt: told?.retryAt, wasForTokens }) : undefined;
        end(failedCost(kind));
        const at = this.#clocks.monotonic();
        if (wasForTokens && this.#ceiling.refuse(claim, call, this.#learned.limit(at), at)) call.isBeyondQuota = true;
        // Calls that were on their way already when it tripped say nothing new; and one that is refused alone, nothing of all.
        const { trip } = this.#breaker;
        // One that is refused alone may have itself to blame.
        if (refused?.isNews === true && refused.isConfirmed && trip?.dayEndsAt === undefined) this.#tellElsewhere(trip?.reason ?? 'throttled', (trip?.until ?? at) - at);
        if (refused?.isNews === true && isRefusal(kind)) this.#learn(kind, claim, tokens, wasForTokens && (refused.isConfirmed || !call.wasRefused));
        if (isRefusal(kind)) call.refused(at);
        this.#onChange();
      },
    };
  }

  #tellElsewhere(reason: Refusal, ms: number): void {
    const { elsewhere } = this.#options;
    elsewhere?.trips.note(elsewhere.modelId, reason, ms);
  }

  #learn(kind: Refusal, claim: Claim, tokens: number, wasForTokens: boolean): void {
    const now = this.#clocks.monotonic();
    if (wasForTokens) {
      this.#learned.refuse(claim, now);
      this.#configured.refuse(tokens, now);
    }
    const { trip, concurrency } = this.#breaker;
    if (trip?.dayEndsAt !== undefined) this.#day.shut(trip.dayEndsAt);
    const limit = this.#learned.limit(now);
    const learnedTokensPerMinute = limit === undefined ? undefined : Math.round(limit);
    const closedUntil = trip === undefined ? undefined : new Date(trip.untilMs).toISOString();
    this.#options.log.warn({ reason: kind, closedUntil, concurrency, learnedTokensPerMinute }, 'Bedrock refuses calls; waiting');
  }
}
