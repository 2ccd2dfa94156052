import { setTimeout as sleep } from 'node:timers/promises';
import { cureOf, troubleText } from '../bedrock/trouble-text.ts';
import { tryOneToken } from '../bedrock/one-token.ts';
import { judgeStore } from '../store/judge-store.ts';
import { createStartupTrial } from './startup-trial.ts';
import type { KeyKeeper } from '../bedrock/key-keeper.ts';
import type { OneTokenOptions } from '../bedrock/one-token.ts';
import type { Config } from '../settings/config.ts';
import type { FailureKind } from '../conversation/failure.ts';
import type { Log } from '../log/log.ts';
import type { Trouble } from './startup-trial.ts';
import type { Store } from '../store/open-store.ts';

export interface StartupChecksOptions {
  readonly config: Pick<Config, 'store' | 'bedrock' | 'isTriedAtStart'>;
  readonly store: Store;
  readonly keys: KeyKeeper;
  /** Hears what time it is at Bedrock. */
  readonly onDate: OneTokenOptions['onDate'];
  /** Milliseconds that only go forward. */
  readonly monotonicNow: () => number;
  readonly log: Log;
  /** Only an admin can mend it. */
  readonly onHopeless: (trouble: Trouble) => void;
  /** What keeps us from answering has changed. */
  readonly onTrouble: (trouble: FailureKind | undefined) => void;
  readonly onReport: OneTokenOptions['onReport'];
}

/** Each resolves when the first outcome is known: false where only an admin can mend it. What may pass is tried again. */
export interface StartupChecks {
  /** Writes to the store and reads from it. */
  tryStore(): Promise<boolean>;
  /** Asks the model for one token. */
  tryModel(): Promise<boolean>;
  /** A question was answered: key and model work. */
  answered(): void;
  /** There is another key. */
  keyChanged(): void;
  /** What keeps us from answering, as far as it was tried. */
  trouble(): FailureKind | undefined;
  stop(): void;
}

/** Milliseconds for the first call, which "ready" waits for, and for each later one: some models take their time. */
const FIRST_CALL_MS = 5_000;
const LATER_CALL_MS = 30_000;
/** Milliseconds until a refusal is doubted no more: permissions that were just given take a moment to arrive everywhere. */
const DOUBT_MS = 1_000;

const KEY_SETTINGS: Readonly<Record<'variable' | 'file' | 'command', string>> = {
  variable: 'AWS_BEARER_TOKEN_BEDROCK',
  file: 'AWS_BEARER_TOKEN_BEDROCK_FILE',
  command: 'AWS_BEARER_TOKEN_BEDROCK_COMMAND',
};

/** What a start should not go without, tried until it works: a useless start must not look like a good one. */
export const createStartupChecks = ({ config, store, keys, onDate, monotonicNow, log, onHopeless, onTrouble, onReport }: StartupChecksOptions): StartupChecks => {
  const { region, endpoint, isStreaming, settings, apiKey } = config.bedrock;
  const { modelId, guardrail } = settings;

  /** A new one may come by itself: what a file or a command gives next. A wrong key in a file is a mistake, not a late one. */
  const mayBeReplaced = (kind: FailureKind): boolean =>
    (kind === 'key-expired' && apiKey.origin !== 'variable') || (kind === 'key-refused' && apiKey.origin === 'command');

  const callModel = async (timeoutMs: number): Promise<Trouble | undefined> => {
    const key = keys.read();
    if (key === '') {
      // Who asks the command for it has told why there is none.
      return { isHopeless: false, isTold: true, kind: 'no-key', says: `${KEY_SETTINGS[apiKey.origin]} has given no API key yet.`, cure: 'Run it by hand and see what keeps it from printing one.' };
    }
    const found = await tryOneToken({ apiKey: key, region, endpoint, modelId, guardrail, isStreaming, timeoutMs, onDate, monotonicNow, onReport });
    if (found === undefined) {
      keys.accepted(key);
      return undefined;
    }
    const { failure, isLasting } = found;
    if (failure.kind === 'request-refused') {
      // Key and model are good, or Bedrock would have said so; it may want more than one token.
      log.warn({ check: 'bedrock.access', cure: cureOf(failure) }, troubleText(failure, modelId, region));
      return undefined;
    }
    if (failure.kind === 'key-expired') keys.expired(key);
    if (failure.kind === 'key-refused') keys.refused(key);
    return { isHopeless: isLasting && !mayBeReplaced(failure.kind), kind: failure.kind, says: troubleText(failure, modelId, region), cure: cureOf(failure, apiKey.origin), detail: failure.message };
  };

  const onChange = (): void => onTrouble(trouble());
  const common = { log, onHopeless, onChange };

  const storeTrial = createStartupTrial({
    ...common,
    check: 'store.record',
    worksText: 'the store works now',
    attempt: async () => {
      const verdict = await judgeStore(config.store.url, store);
      return verdict.is === 'fine' ? undefined : { isHopeless: verdict.is === 'hopeless', kind: 'store', says: verdict.says, cure: verdict.cure };
    },
  });
  const modelTrial = createStartupTrial({
    ...common,
    check: 'bedrock.access',
    worksText: 'Amazon Bedrock answers now',
    attempt: async (nth) => {
      const found = await callModel(nth === 1 ? FIRST_CALL_MS : LATER_CALL_MS);
      if (found?.isHopeless !== true) return found;
      await sleep(DOUBT_MS, undefined, { ref: false });
      return callModel(LATER_CALL_MS);
    },
  });
  const trials = [storeTrial, modelTrial];
  const trouble = (): FailureKind | undefined => trials.map((trial) => trial.trouble()?.kind).find((kind) => kind !== undefined);

  return {
    tryStore: () => (config.isTriedAtStart ? storeTrial.start() : Promise.resolve(true)),
    tryModel: () => (config.isTriedAtStart ? modelTrial.start() : Promise.resolve(true)),
    answered: modelTrial.works,
    keyChanged: modelTrial.hurry,
    trouble,
    stop: () => {
      for (const trial of trials) trial.stop();
    },
  };
};
