import { InvokeGuardrailChecksCommand } from '@aws-sdk/client-bedrock-runtime';
import { CONTENT_CHECKS_ID } from '../conversation/call-report.ts';
import { pause } from '../conversation/cancelled.ts';
import { Failure } from '../conversation/failure.ts';
import { CHECKS_CURE, NO_CHECKS_CURE } from './checks-offered.ts';
import { checkedPieces } from './checked-pieces.ts';
import { countOf, fieldsOf, listOf, textOf } from './plausible.ts';
import { toFailure } from './to-failure.ts';
import type { BedrockRuntimeClient, InvokeGuardrailChecksCommandInput } from '@aws-sdk/client-bedrock-runtime';
import type { OnReport, Payer } from '../conversation/call-report.ts';
import type { ContentChecks } from '../conversation/content-checks.ts';
import type { FailureKind } from '../conversation/failure.ts';
import type { Role } from '../conversation/turn.ts';
import type { KeyKeeper } from './key-keeper.ts';

export interface ContentCheckerOptions {
  readonly client: Pick<BedrockRuntimeClient, 'send'>;
  readonly region: string;
  readonly keys: Pick<KeyKeeper, 'ready' | 'read' | 'accepted' | 'refused' | 'expired'>;
  /** Hears of each check that was made. */
  readonly onReport?: OnReport | undefined;
  /** Milliseconds before a check is tried again, each time twice as many; it is tried three times. */
  readonly firstPauseMs?: number;
}

/** @param threshold from 0 to 1: what is as severe as that is stopped */
export type CheckContent = (threshold: number, ...what: Parameters<ContentChecks['look']>) => Promise<void>;

const CONTENT = ['VIOLENCE', 'HATE', 'SEXUAL', 'MISCONDUCT', 'INSULTS'] as const;
const ATTACKS = ['JAILBREAK', 'PROMPT_INJECTION', 'PROMPT_LEAKAGE'] as const;
const categories = <Category extends string>(names: readonly Category[]) => ({ categories: names.map((category) => ({ category })) });

/** Only members attack. */
const CHECKS: Readonly<Record<Role, InvokeGuardrailChecksCommandInput['checks']>> = {
  user: { contentFilter: categories(CONTENT), promptAttack: categories(ATTACKS) },
  assistant: { contentFilter: categories(CONTENT) },
};

/** What may go better the next time. */
const PASSING = new Set<FailureKind>(['throttled', 'daily-quota', 'overloaded', 'service-error', 'network', 'timed-out', 'model-timed-out', 'stream-broken', 'model-error']);
/** These say it themselves, wherever they are met. */
const OF_THE_KEY = new Set<FailureKind>(['key-refused', 'key-expired', 'no-key']);

const ATTEMPTS = 3;
const FIRST_PAUSE_MS = 400;
/** Milliseconds for one request. */
const WITHIN_MS = 15_000;
const MAX_UNITS = 1_000_000;

const isScore = (value: unknown): value is number => typeof value === 'number' && value >= 0 && value <= 1;

/** Thrown for an answer of which nobody can tell what it says: that is no leave. */
const unreadable = (): Failure => new Failure('service-error', 'Bedrock answered a check with something that says nothing.');

interface Looked {
  readonly textUnits: number;
  /** The most severe that was found. */
  readonly worst: { readonly category: string; readonly score: number } | undefined;
}

/** What an answer says of all checks that were asked for. @throws {Failure} where it says nothing of one of them */
const readAnswer = (answer: unknown, checks: InvokeGuardrailChecksCommandInput['checks']): Looked => {
  const { results, usage } = fieldsOf(answer);
  let textUnits = 0;
  let worst: Looked['worst'];
  for (const name of Object.keys(checks ?? {})) {
    const { results: found } = fieldsOf(fieldsOf(results)[name]);
    if (!Array.isArray(found)) throw unreadable();
    textUnits += countOf(fieldsOf(fieldsOf(usage)[name])['textUnits'], MAX_UNITS) ?? 0;
    for (const entry of listOf(found)) {
      const { category, severityScore: score } = fieldsOf(entry);
      if (!isScore(score)) throw unreadable();
      if (worst === undefined || score > worst.score) worst = { category: textOf(category).replaceAll(/[^A-Z_]/gu, ''), score };
    }
  }
  return { textUnits, worst };
};

/**
 * Bedrock's checks without a guardrail, with the same key. What could not be looked at does not pass: whoever switched them on wants
 * nothing said that was not.
 * @see https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_InvokeGuardrailChecks.html
 */
export const createCheckContent = ({ client, region, keys, onReport, firstPauseMs = FIRST_PAUSE_MS }: ContentCheckerOptions): CheckContent => {
  const askOnce = async (input: InvokeGuardrailChecksCommandInput, payer: Payer | undefined, signal: AbortSignal): Promise<Looked> => {
    await keys.ready(signal);
    const key = keys.read();
    try {
      const answer = await client.send(new InvokeGuardrailChecksCommand(input), { abortSignal: AbortSignal.any([signal, AbortSignal.timeout(WITHIN_MS)]) });
      keys.accepted(key);
      const looked = readAnswer(answer, input.checks);
      await onReport?.({ modelId: CONTENT_CHECKS_ID, payer, usage: { inputTokens: 0, outputTokens: 0 }, textUnits: looked.textUnits });
      return looked;
    } catch (error) {
      signal.throwIfAborted();
      const failure = error instanceof Error && error.name === 'TimeoutError' ? new Failure('timed-out', 'Bedrock took too long to check.', { cause: error }) : toFailure(error, { modelId: '', region, hasBegun: false });
      if (failure.kind === 'key-refused') keys.refused(key);
      if (failure.kind === 'key-expired') keys.expired(key);
      throw failure;
    }
  };

  const ask = async (input: InvokeGuardrailChecksCommandInput, payer: Payer | undefined, signal: AbortSignal): Promise<Looked> => {
    for (let attempt = 1; ; attempt += 1) {
      try {
        return await askOnce(input, payer, signal);
      } catch (error) {
        if (!(error instanceof Failure) || OF_THE_KEY.has(error.kind)) throw error;
        if (!PASSING.has(error.kind)) {
          const cure = error.kind === 'model-access' ? CHECKS_CURE : NO_CHECKS_CURE;
          throw new Failure('checks-refused', `Bedrock does not check content: ${error.message}`, { cause: error, cure });
        }
        if (attempt === ATTEMPTS) throw new Failure('unchecked', `Content could not be checked: ${error.message}`, { cause: error });
        await pause(firstPauseMs * 2 ** (attempt - 1), signal);
      }
    }
  };

  return async (threshold, role, texts, payer, signal) => {
    for (const content of checkedPieces(texts)) {
      const { worst } = await ask({ messages: [{ role, content: content.map((text) => ({ text })) }], checks: CHECKS[role] }, payer, signal);
      if (worst !== undefined && worst.score >= threshold) {
        throw new Failure('guardrail', `A check stopped ${role === 'user' ? 'the question' : 'the answer'}: ${worst.category} of severity ${worst.score}.`);
      }
    }
  };
};
