import { RecentTokens } from './recent-tokens.ts';
import { TokenBucket } from './token-bucket.ts';

const MINUTE_MS = 60_000;
/** How near a refusal the limit is at least, as a share of what was refused. */
const KEPT = 0.94;
/** How long the way from what was surely admitted up to there takes, and from there to what was refused. */
const RECOVERY_MINUTES = 1;
const CLIMB_MINUTES = 10;
/** Growth beyond what was refused: slow at first, twofold after so many minutes. */
const DOUBLED_AFTER_MINUTES = 30;
/** What was refused so long ago says nothing any more. */
const FORGOTTEN_AFTER_MINUTES = 60;
/** Admitting so much more than what was once refused shows that the refusal was not about that. */
const DISPROVED_BY = 1.1;
/**
 * A refusal tells how much Bedrock admits only to who took so many times more than this call takes: else others took it.
 * Less is enough for one of several refusals.
 */
const TELLING = { once: 2.5, again: 2 };
/** So many refusals, none of them long after the one before, are several. */
const SEVERAL = 3;
const TOGETHER_MS = 5 * MINUTE_MS;
/** A refusal while so many times more tokens than the call takes should be left shows that it is not about them. */
const EXCUSED = 1.5;
/** Share of the limit that stays untouched: what a call takes is an estimate until its end. Costs no throughput. */
const MARGIN = 0.05;
/** Share of what seems to be admitted that surely is: refills are counted by whole seconds. */
const SURE = 0.98;
/** A guess never holds a call back for longer. */
const MAX_WAIT_MS = MINUTE_MS;

/** All of it in tokens per minute. */
interface Refused {
  readonly at: number;
  readonly least: number;
  readonly most: number;
}

/** What a call takes, to be handed in again with what became of it. */
export interface Claim {
  readonly tokens: number;
  /** The least limit, in tokens per minute, that admits the call and all before it that were not refused yet. */
  readonly needed: number;
  /** Tokens of those of which it was not known yet; and of those refused until then. */
  readonly undecided: number;
  readonly refusedBefore: number;
  readonly bucket: TokenBucket | undefined;
  isAdmitted: boolean;
}

/**
 * Finds out how many tokens per minute Bedrock admits, from what it took and what it refused. It supposes a bucket that
 * holds a minute's worth: each call then shows the least limit that admits it, and a refusal that the limit is lower.
 * Until Bedrock refuses something it stands in nobody's way.
 */
export class LearnedQuota {
  readonly #recent = new RecentTokens();
  /** The most that was admitted, in tokens per minute. */
  #proven = 0;
  #refused: Refused | undefined;
  /** There as long as there is a limit. */
  #bucket: TokenBucket | undefined;
  /** Tokens per minute of a refusal that came before it was known what became of the calls before it. */
  #unclear: number | undefined;
  #undecidedTokens = 0;
  #refusedTokens = 0;
  #lastCallAt = 0;
  #lastRefusalAt = -Infinity;
  /** In a row, none long after the one before. */
  #refusals = 0;

  /** Tokens per minute; `undefined` as long as nothing was refused. */
  limit(now: number): number | undefined {
    if (this.#refused === undefined) return undefined;
    const { at, least, most } = this.#refused;
    const minutes = (now - at) / MINUTE_MS;
    if (minutes > FORGOTTEN_AFTER_MINUTES) {
      this.#forget();
      return undefined;
    }
    const likely = KEPT * most;
    const recovered = (likely - least) * Math.min(1, minutes / RECOVERY_MINUTES);
    const climbed = (most - likely) * Math.min(1, minutes / CLIMB_MINUTES);
    return least + recovered + climbed + most * (minutes / DOUBLED_AFTER_MINUTES) ** 2;
  }

  /** When a call that takes so many tokens at most may go, by the monotonic clock. */
  readyAt(tokens: number, now: number): number {
    const limit = this.limit(now);
    if (limit === undefined || this.#bucket === undefined) return now;
    this.#bucket.resize(limit, now);
    return Math.max(now, Math.min(this.#bucket.readyAt(tokens + MARGIN * limit, now), this.#lastCallAt + MAX_WAIT_MS));
  }

  /** @param tokens what the call takes, as likely more as less: a cautious estimate would look like a greater quota */
  reserve(tokens: number, now: number): Claim {
    const claim: Claim = {
      tokens,
      needed: this.#recent.leastLimit(tokens, now),
      undecided: this.#undecidedTokens,
      refusedBefore: this.#refusedTokens,
      bucket: this.#bucket,
      isAdmitted: false,
    };
    this.#lastCallAt = now;
    this.#undecidedTokens += tokens;
    this.#recent.take(tokens, now);
    this.#bucket?.take(tokens, now);
    return claim;
  }

  /** Bedrock took the call. */
  accept(claim: Claim, now: number): void {
    this.#decide(claim);
    claim.isAdmitted = true;
    const stillUndecided = this.#undecidedTokens + this.#refusedTokens - claim.refusedBefore;
    const shown = SURE * claim.needed - Math.min(claim.undecided, stillUndecided);
    this.#proven = Math.max(this.#proven, shown);
    if (this.#unclear !== undefined && this.#proven >= this.#unclear / 2) this.#learn(this.#unclear, now);
    if (this.#refused === undefined) return;
    const { at, least, most } = this.#refused;
    if (shown > DISPROVED_BY * most) this.#forget();
    else if (shown > least) this.#refused = { at, least: Math.min(shown, Math.max(least, KEPT * most)), most };
  }

  /** The call is over, and cost so many of the tokens that it reserved: none when it was refused. */
  settle(claim: Claim, cost: number, now: number): void {
    this.#recent.take(cost - claim.tokens, now);
    const wasRefused = !claim.isAdmitted && cost === 0;
    if (!claim.isAdmitted) this.#decide(claim);
    if (wasRefused) this.#refusedTokens += claim.tokens;
    // The bucket that was made after a refusal knows nothing of others that were refused with it.
    if (!wasRefused || claim.bucket === this.#bucket) this.#bucket?.take(cost - claim.tokens, now);
  }

  /** Bedrock refused the call for want of tokens, and it was settled. */
  refuse({ tokens, needed }: Claim, now: number): void {
    this.#refusals = now - this.#lastRefusalAt > TOGETHER_MS ? 1 : this.#refusals + 1;
    this.#lastRefusalAt = now;
    if (this.#bucket !== undefined && this.#bucket.level(now) > EXCUSED * tokens) this.#forget();
    if (needed < tokens * (this.#refusals < SEVERAL ? TELLING.once : TELLING.again)) return;
    // What runs may tell in a moment. If nothing near it is ever admitted, others took it.
    if (this.#proven < needed / 2) this.#unclear = needed;
    else this.#learn(needed, now);
  }

  #learn(needed: number, now: number): void {
    this.#unclear = undefined;
    // Never more than halved at once: Bedrock also throttles for reasons of its own.
    const most = Math.max(needed, this.#proven / 2);
    const least = Math.min(this.#proven, KEPT * most);
    this.#proven = least;
    this.#refused = { at: now, least, most };
    this.#bucket = new TokenBucket(least, now, 0);
  }

  #decide({ tokens }: Claim): void {
    this.#undecidedTokens -= tokens;
  }

  #forget(): void {
    this.#refused = undefined;
    this.#bucket = undefined;
  }
}
