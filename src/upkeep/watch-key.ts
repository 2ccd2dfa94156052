import { setTimeout as sleep } from 'node:timers/promises';
import { createKeyKeeper } from '../bedrock/key-keeper.ts';
import { ConfigError } from '../settings/config.ts';
import { keyExpiredText, keyExpiresText } from '../discord/texts/owner-texts.ts';
import { SecretCommandError } from '../settings/secret-command.ts';
import { regionProblem } from '../settings/secret-settings.ts';
import type { KeyKeeper, KeyNews, KeySource } from '../bedrock/key-keeper.ts';
import type { TellOwners } from '../discord/rest/direct-message.ts';
import type { Log } from '../log/log.ts';

/** Milliseconds between two looks at the key while nobody asks. */
const LOOK_EVERY_MS = 30_000;

export interface KeyWatchOptions {
  readonly source: KeySource;
  readonly region: string;
  readonly log: Log;
  readonly tellOwners: TellOwners;
  /** True for the first who asks, of all processes and over restarts: keeps a word under a key for so long. */
  readonly claim: (key: string, word: string, ttlMs: number) => Promise<boolean>;
  /** Milliseconds since the epoch, by a clock that others have confirmed. */
  readonly now: () => number;
  /** Whether they have confirmed it yet. */
  readonly isTimeKnown: () => boolean;
  /** There is another key. */
  readonly onReplaced: () => void;
  /** What came late is wrong for good, with the problem that a start in time would have ended with. */
  readonly onHopeless: (problem: string) => void;
}

/** How long a start waits for the first key of a command, in milliseconds; a later one is taken up when it comes. */
const FIRST_KEY_MS = 10_000;

/** Milliseconds after which an owner may hear of a key again whose end nobody knows. */
const TOLD_MS = 24 * 60 * 60 * 1000;

export interface KeyWatch {
  readonly keys: KeyKeeper;
  /** Gets the first key, or goes on without one that is late. @throws {ConfigError} when a command can give none for this region */
  start(): Promise<void>;
  /** From now on the key is looked after, and the owners can be written to. */
  watch(): void;
  stop(): void;
}

/** The key's keeper, with the log and the owners for its audience: they are written to once for each key. */
export const createKeyWatch = ({ source, region, log, tellOwners, claim, now, isTimeKnown, onReplaced, onHopeless }: KeyWatchOptions): KeyWatch => {
  let isWatching = false;
  let isTold = false;
  let timer: NodeJS.Timeout | undefined;

  /** Nobody is to be told again after each restart. A store that fails is no reason to keep silent. */
  const tellOnce = async (expiresAt: number | undefined, text: string): Promise<void> => {
    const isFirst = await claim(`owners-told:key:${expiresAt ?? 'unknown'}`, 'told', TOLD_MS).catch(() => true);
    if (isFirst) await tellOwners(text);
  };

  const tell = (news: KeyNews): void => {
    const { expiresAt } = keys.state();
    if (news.type === 'replaced') isTold = false;
    const isWorthIt = news.type === 'expired' || (news.type === 'expiring' && news.isUrgent);
    if (!isWorthIt || isTold) return;
    isTold = true;
    const isStillGood = news.type === 'expiring' && expiresAt !== undefined;
    void tellOnce(expiresAt, isStillGood ? keyExpiresText(expiresAt, source.origin) : keyExpiredText(source.origin));
  };

  /** What kept the key that was read last in force, at the last look and when it was last told. */
  let [seenProblem, toldProblem]: readonly (string | undefined)[] = [];
  /** A file may be gone or half-written for a moment; what is still so at the next look stays so, and the last key may be near its end. */
  const lookAtSource = (): void => {
    const problem = source.problem?.();
    if (problem !== undefined && problem === seenProblem && problem !== toldProblem) {
      log.error({ problem }, 'the new Bedrock API key cannot be used; the last one stays in force');
      toldProblem = problem;
    }
    if (problem === undefined) toldProblem = undefined;
    seenProblem = problem;
  };

  const keys = createKeyKeeper({
    source,
    region,
    now,
    isTimeKnown,
    onNews: (news) => {
      reportKey(log, news);
      if (news.type === 'replaced') onReplaced();
      if (isWatching) tell(news);
    },
  });

  /** Resolves with what is wrong for good. What may pass is told, and tried again by the keeper. */
  const firstKey = async (): Promise<string | undefined> => {
    try {
      await keys.start();
    } catch (error) {
      const reason = error instanceof Error ? error.message : 'unknown reason';
      if (error instanceof SecretCommandError && error.isLasting) return `AWS_BEARER_TOKEN_BEDROCK_COMMAND gave no key: ${reason}`;
      reportKey(log, { type: 'command-failed', reason });
    }
    return regionProblem('AWS_BEARER_TOKEN_BEDROCK_COMMAND gave a key that', source.read(), region);
  };

  return {
    keys,
    start: async () => {
      let isInTime = true;
      const first = firstKey().then((problem) => {
        if (problem === undefined) return;
        if (isInTime) throw new ConfigError([problem]);
        onHopeless(problem);
      });
      const patience = new AbortController();
      await Promise.race([first, sleep(FIRST_KEY_MS, undefined, { signal: patience.signal })]).finally(() => patience.abort());
      isInTime = false;
    },
    watch: () => {
      isWatching = true;
      keys.look();
      lookAtSource();
      timer = setInterval(() => {
        keys.look();
        lookAtSource();
      }, LOOK_EVERY_MS).unref();
    },
    stop: () => {
      isWatching = false;
      clearInterval(timer);
    },
  };
};

const minutes = (ms: number): number => Math.max(0, Math.round(ms / 60_000));

/** One line of the log for each change in the key's life. Never the key. */
const reportKey = (log: Log, news: KeyNews): void => {
  switch (news.type) {
    case 'expiring':
      log.warn({ remainingMinutes: minutes(news.remainingMs) }, 'the Bedrock API key expires soon: make a new one');
      return;
    case 'expired':
      log.error({}, 'the Bedrock API key has expired: until there is a new one, no question can be answered');
      return;
    case 'replaced':
      log.info(
        news.expiresAt === undefined ? {} : { expiresAt: new Date(news.expiresAt).toISOString() },
        'a new Bedrock API key is in use',
      );
      return;
    case 'wrong-region':
      log.error({ keyRegion: news.region }, 'the new Bedrock API key is for another region than AWS_REGION, so it is not used');
      return;
    case 'command-failed':
      log.error({ reason: news.reason }, 'AWS_BEARER_TOKEN_BEDROCK_COMMAND gave no key; I run it again until it does');
      return;
    case 'command-slow': {
      const seconds = news.longestMs === undefined ? undefined : Math.round(news.longestMs / 1_000);
      log.warn({ seconds }, 'AWS_BEARER_TOKEN_BEDROCK_COMMAND is still running; I wait for so many seconds, then I run it again');
    }
  }
};
