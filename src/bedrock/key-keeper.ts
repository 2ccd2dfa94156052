import { setTimeout as sleep } from 'node:timers/promises';
import { Failure } from '../conversation/failure.ts';
import { readApiKey } from './api-key.ts';
import type { OnWait } from '../conversation/ports.ts';
import type { ApiKeyFacts } from './api-key.ts';

/** Where keys come from. */
export interface KeySource {
  readonly origin: 'variable' | 'file' | 'command';
  /** The key as it is there now; of a command, what its last good run printed, or nothing before. */
  readonly read: () => string;
  /** Of a file: why what is there now is not taken, in one sentence; undefined where it is. */
  readonly problem?: (() => string | undefined) | undefined;
  /** Gets a new one, where a command makes them. Rejects with why not, without the key. */
  readonly run?: (() => Promise<string>) | undefined;
  /** Milliseconds that one run may take. */
  readonly longestRunMs?: number | undefined;
}

/** What becomes of the key, for the log and the owner. */
export type KeyNews =
  | { readonly type: 'expiring'; readonly remainingMs: number; /** Whether the owner should be called. */ readonly isUrgent: boolean }
  | { readonly type: 'expired' }
  | { readonly type: 'replaced'; readonly expiresAt: number | undefined }
  | { readonly type: 'wrong-region'; readonly region: string }
  | { readonly type: 'command-failed'; readonly reason: string }
  /** It is still waited for, for so long. */
  | { readonly type: 'command-slow'; readonly longestMs: number | undefined };

export interface KeyState extends ApiKeyFacts {
  readonly origin: KeySource['origin'];
  readonly isExpired: boolean;
}

export interface KeyKeeper {
  /** Gets the first key, where a command makes it. Rejects with why not; some of it may pass. */
  start(): Promise<void>;
  /** The key for the next request. */
  read(): string;
  /** Whether a new key can come without a restart. */
  readonly isReplaceable: boolean;
  /**
   * Nothing, when there is a key to call with; otherwise the waiting for one, which ends with it.
   * @throws {Failure} of kind `key-expired`, when none came in time or none can come
   */
  ready(signal: AbortSignal, onWait?: OnWait): Promise<void> | undefined;
  /** Bedrock said that `key` has expired, whatever its date says. */
  expired(key: string): void;
  /** Bedrock took `key`. */
  accepted(key: string): void;
  /** Bedrock refused `key`: a command is asked for another one. */
  refused(key: string): void;
  /** Looks after the key: to be called from time to time. */
  look(): void;
  state(): KeyState;
}

export interface KeyKeeperOptions {
  readonly source: KeySource;
  /** The region of the calls: a short-term key of another one is not taken. */
  readonly region: string;
  readonly onNews: (news: KeyNews) => void;
  /** Milliseconds since the epoch. */
  readonly now?: () => number;
  /** Whether somebody has confirmed what `now` says: until then only Bedrock knows whether a key has expired. */
  readonly isTimeKnown?: () => boolean;
  /** How long questions wait for a new key once the old one has expired, in milliseconds. */
  readonly waitMs?: number;
  /** Between two looks while questions wait, in milliseconds. */
  readonly pollMs?: number;
}

const MINUTE_MS = 60_000;
const WAIT_MS = 5 * MINUTE_MS;
const POLL_MS = 1_000;
/** The owner hears of it this long before; again when it is urgent. */
const WARN_BEFORE_MS = 60 * MINUTE_MS;
const URGENT_BEFORE_MS = 10 * MINUTE_MS;
/** A command is asked for the next key this long before the end, or in the last quarter of a short life. */
const RENEW_BEFORE_MS = 10 * MINUTE_MS;
/** Between two runs of a command: its key is short-lived, or it fails. */
const RUN_EVERY_MS = 30_000;
const RUN_EVERY_WHEN_EXPIRED_MS = 5_000;
const FIRST_RUNS = 3;
/** After which a run is told to take long. */
const SLOW_MS = 10_000;

interface Held {
  readonly key: string;
  readonly facts: ApiKeyFacts;
  readonly heldSince: number;
  /** When Bedrock said that it has expired. */
  saidExpiredAt: number | undefined;
  isRefused: boolean;
  /** Bedrock took it when it should have expired. */
  isDateWrong: boolean;
}

/** Some failures of a command are the same however often it is run. */
const isLasting = (error: unknown): boolean => error instanceof Error && 'isLasting' in error && error.isLasting === true;

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : 'unknown reason');

/** Keeps the key that requests are sent with: its end is known before Bedrock says so, and the next one is taken up as soon as it is there. */
export const createKeyKeeper = ({
  source,
  region,
  onNews,
  now = Date.now,
  isTimeKnown = () => true,
  waitMs = WAIT_MS,
  pollMs = POLL_MS,
}: KeyKeeperOptions): KeyKeeper => {
  const isReplaceable = source.origin !== 'variable';
  let held: Held | undefined;
  let wasReplaced = false;
  let unfit: string | undefined;
  let warned: 'no' | 'early' | 'urgent' | 'expired' = 'no';
  let lastRunAt = Number.NEGATIVE_INFINITY;
  let renewing: Promise<void> | undefined;
  /** Why the last run failed. */
  let failedFor: string | undefined;
  let isLate = false;

  const adopt = (key: string): void => {
    if (key === '' || key === held?.key || key === unfit) return;
    const facts = readApiKey(key);
    if (facts.region !== undefined && facts.region !== region) {
      unfit = key;
      onNews({ type: 'wrong-region', region: facts.region });
      return;
    }
    const isFirst = held === undefined;
    held = { key, facts, heldSince: now(), saidExpiredAt: undefined, isRefused: false, isDateWrong: false };
    warned = 'no';
    if (isFirst && !isLate) return;
    wasReplaced ||= !isFirst;
    onNews({ type: 'replaced', expiresAt: facts.expiresAt });
  };

  const isPast = ({ facts, isDateWrong }: Held): boolean => facts.expiresAt !== undefined && !isDateWrong && isTimeKnown() && now() >= facts.expiresAt;

  /** When the waiting for a new key ends, milliseconds since the epoch; undefined while the old one will do. */
  const deadline = (): number | undefined => {
    if (held === undefined) return now() + waitMs;
    if (isPast(held)) return (held.facts.expiresAt ?? 0) + waitMs;
    // Bedrock's word counts while a new key may be on its way; then it is asked again, because only it knows.
    if (held.saidExpiredAt === undefined || !isReplaceable || now() >= held.saidExpiredAt + waitMs) return undefined;
    return held.saidExpiredAt + waitMs;
  };

  const runCommand = async (run: () => Promise<string>): Promise<void> => {
    const slow = setTimeout(() => {
      isLate = true;
      onNews({ type: 'command-slow', longestMs: source.longestRunMs });
    }, SLOW_MS);
    slow.unref();
    try {
      adopt(await run());
      failedFor = undefined;
    } finally {
      clearTimeout(slow);
    }
  };

  /** The same reason is told once. */
  const tellFailure = (error: unknown): void => {
    const reason = messageOf(error);
    isLate = true;
    if (reason === failedFor) return;
    failedFor = reason;
    onNews({ type: 'command-failed', reason });
  };

  const renew = (): Promise<void> | undefined => {
    if (source.run === undefined || renewing !== undefined) return renewing;
    if (now() - lastRunAt < (deadline() === undefined ? RUN_EVERY_MS : RUN_EVERY_WHEN_EXPIRED_MS)) return undefined;
    lastRunAt = now();
    renewing = runCommand(source.run)
      .catch(tellFailure)
      .finally(() => (renewing = undefined));
    return renewing;
  };

  const nearsEnd = ({ facts: { expiresAt }, heldSince, isDateWrong }: Held): boolean =>
    expiresAt !== undefined && !isDateWrong && expiresAt - now() < Math.min(RENEW_BEFORE_MS, (expiresAt - heldSince) / 4);

  const take = (): void => {
    if (source.run === undefined) adopt(source.read());
  };

  const expiredFailure = (): Failure =>
    held === undefined
      ? new Failure('no-key', 'There is no Bedrock API key yet.')
      : new Failure('key-expired', isReplaceable ? 'The Bedrock API key has expired, and no new one came.' : 'The Bedrock API key has expired.');

  const waitForKey = async (until: number, signal: AbortSignal, onWait: OnWait | undefined): Promise<void> => {
    if (!isReplaceable) throw expiredFailure();
    onWait?.({ type: 'closed', kind: held === undefined ? 'no-key' : 'key-expired', untilMs: undefined });
    for (;;) {
      take();
      const run = renew();
      if (deadline() === undefined) break;
      if (run === undefined && now() >= until) throw expiredFailure();
      const pause = sleep(pollMs, undefined, { signal });
      await (run === undefined ? pause : Promise.race([run, pause]));
    }
    onWait?.(undefined);
  };

  const warn = (): void => {
    if (held === undefined || warned === 'expired') return;
    if (!isTimeKnown() && held.saidExpiredAt === undefined) return;
    if (isPast(held) || held.saidExpiredAt !== undefined) {
      warned = 'expired';
      onNews({ type: 'expired' });
      return;
    }
    if (held.facts.expiresAt === undefined || held.isDateWrong) return;
    const remainingMs = held.facts.expiresAt - now();
    const isUrgent = remainingMs <= URGENT_BEFORE_MS;
    // Who has replaced the key before, by hand or by a command, is likely to do so again.
    const isHandled = source.run !== undefined || wasReplaced;
    if (remainingMs > WARN_BEFORE_MS || warned === 'urgent' || (warned === 'early' && !isUrgent) || (isHandled && !isUrgent)) return;
    warned = isUrgent ? 'urgent' : 'early';
    onNews({ type: 'expiring', remainingMs, isUrgent: isUrgent || !isHandled });
  };

  take();

  return {
    start: async () => {
      if (source.run === undefined) return;
      for (let run = 1; ; run += 1) {
        lastRunAt = now();
        try {
          await runCommand(source.run);
          return;
        } catch (error) {
          isLate = true;
          failedFor = messageOf(error);
          if (run === FIRST_RUNS || isLasting(error)) throw error;
          await sleep(pollMs);
        }
      }
    },
    read: () => {
      take();
      return held?.key ?? '';
    },
    isReplaceable,
    ready: (signal, onWait) => {
      take();
      const until = deadline();
      if (until !== undefined) return waitForKey(until, signal, onWait);
      if (held?.isRefused === true) return renew();
      if (held !== undefined && nearsEnd(held)) void renew();
      return undefined;
    },
    expired: (key) => {
      if (held?.key !== key) return;
      held.saidExpiredAt ??= now();
      warn();
    },
    accepted: (key) => {
      if (held?.key !== key) return;
      held.saidExpiredAt = undefined;
      held.isRefused = false;
      if (isPast(held)) held.isDateWrong = true;
    },
    refused: (key) => {
      if (held?.key === key) held.isRefused = true;
    },
    look: () => {
      take();
      if (held === undefined || nearsEnd(held) || deadline() !== undefined) void renew();
      warn();
    },
    state: () => ({
      ...(held?.facts ?? readApiKey('')),
      origin: source.origin,
      isExpired: held !== undefined && (isPast(held) || held.saidExpiredAt !== undefined),
    }),
  };
};
