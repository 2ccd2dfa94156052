import { ConverseCommand, ConverseStreamCommand } from '@aws-sdk/client-bedrock-runtime';
import { Failure } from '../conversation/failure.ts';
import { withSignal } from './converse-body.ts';
import { cannotStream } from './error-words.ts';
import { DEFAULT_DEADLINES, watch } from './deadlines.ts';
import { LONGEST_CONTEXT_TOKENS } from './plausible.ts';
import { AnswerReader } from './from-converse-output.ts';
import { isSent, refusedField, withoutField } from './refused-fields.ts';
import { toConverseInput } from './to-converse-input.ts';
import { toFailure } from './to-failure.ts';
import type { BedrockRuntimeClient } from '@aws-sdk/client-bedrock-runtime';
import type { OnReport } from '../conversation/call-report.ts';
import type { FailureKind } from '../conversation/failure.ts';
import type { EndedCall } from '../conversation/work-events.ts';
import type { LanguageModel } from '../conversation/ports.ts';
import type { Prompt } from '../conversation/prompt.ts';
import type { ReplyEvent } from '../conversation/reply.ts';
import type { ConverseEvents } from './converse-events.ts';
import type { Deadlines } from './deadlines.ts';
import type { OptionalField } from './refused-fields.ts';
import type { ConverseSettings } from './to-converse-input.ts';

export interface ConverseModelOptions {
  readonly client: BedrockRuntimeClient;
  readonly region: string;
  readonly settings: ConverseSettings;
  /** ConverseStream where the model can; otherwise, or when false, Converse. */
  readonly isStreaming: boolean;
  /** The longest prompt that the model takes, in tokens, where that is known. */
  readonly contextTokens?: number | undefined;
  readonly deadlines?: Deadlines;
  /** Answers are read when this is over: what comes together should leave together. Undefined: at once. */
  readonly beforeReading?: (() => Promise<void> | undefined) | undefined;
  /** The model takes no such field: it is left out from now on. */
  readonly onFieldRefused?: ((field: OptionalField) => void) | undefined;
  /** Hears of each request that was begun to be answered: the only place where calls are counted. */
  readonly onReport?: OnReport | undefined;
  /** Hears of the end of each request, whatever it was. Never throws. */
  readonly onEnded?: ((call: EndedCall) => void) | undefined;
  /** Milliseconds since the epoch. */
  readonly now?: (() => number) | undefined;
}

/** How long the figures may take behind the model's word that it is done, in milliseconds. */
const FIGURES_WITHIN_MS = 1_000;
/** And the end of the connection behind them: it is used again when it has ended by itself. */
const LINGERING_MS = 50;

/** Bedrock as a language model: each prompt becomes one ConverseStream or Converse request. */
export const createConverseModel = ({
  client,
  region,
  settings,
  isStreaming,
  contextTokens = LONGEST_CONTEXT_TOKENS,
  deadlines = DEFAULT_DEADLINES,
  beforeReading,
  onFieldRefused,
  onReport,
  onEnded,
  now,
}: ConverseModelOptions): LanguageModel => {
  let streams = isStreaming;
  /** Without the fields that the model refused. */
  let accepted = settings;

  const openStream = async (input: ReturnType<typeof toConverseInput>, abortSignal: AbortSignal) => {
    if (!streams) return undefined;
    try {
      const answer = await client.send(new ConverseStreamCommand(withSignal(input, abortSignal)));
      const { stream } = answer;
      // A gateway before Bedrock may know no streams, and answer whole.
      if (stream === undefined && 'output' in answer) return { whole: answer };
      if (stream === undefined) throw new Failure('stream-broken', 'Bedrock answered without a stream.');
      // The client gives them in the pieces in which they came.
      return { stream: stream as unknown as AsyncIterable<ConverseEvents> };
    } catch (error) {
      if (!cannotStream(error)) throw error;
      streams = false;
      return undefined;
    }
  };

  /** A stream, or where there is none the whole answer. Fields that the model refuses are left out, from then on. */
  const send = async (prompt: Prompt, abortSignal: AbortSignal) => {
    for (;;) {
      const sent = accepted;
      const input = toConverseInput(sent, prompt);
      try {
        const opened = await openStream(input, abortSignal);
        return opened ?? { whole: await client.send(new ConverseCommand(withSignal(input, abortSignal))) };
      } catch (error) {
        const field = refusedField(error, sent, prompt);
        if (field === undefined) throw error;
        if (isSent(accepted, field)) onFieldRefused?.(field);
        accepted = withoutField(accepted, field);
      }
    }
  };

  return {
    async *converse(prompt, signal) {
      // Without a stream the first event is the whole answer.
      const firstEventMs = streams ? deadlines.firstEventMs : deadlines.wholeAnswerMs;
      const { signal: abortSignal, touch, endWithin, end } = watch(signal, { ...deadlines, firstEventMs });
      const startedAt = performance.now();
      let firstChunkMs: number | undefined;
      let failure: FailureKind | undefined;
      let hasBegun = false;
      let isComplete = false;
      let whole: readonly ReplyEvent[] | undefined;
      let booked: Promise<void> | undefined;
      const { answerTokens = settings.maxTokens, guardrail = settings.guardrail } = prompt;
      const reader = new AnswerReader({ maxTokens: answerTokens, contextTokens, isGuarded: guardrail !== undefined && guardrail !== 'off' });
      try {
        const sent = await send(prompt, abortSignal);
        hasBegun = 'stream' in sent;
        const urgent = beforeReading?.();
        if (urgent !== undefined) await urgent;
        if ('stream' in sent) {
          for await (const events of sent.stream) {
            firstChunkMs ??= performance.now() - startedAt;
            touch();
            const text = reader.read(events);
            if (text !== '') yield { type: 'text', text };
            if (reader.isFull) break;
            if (reader.hasStopped) endWithin(reader.hasFigures ? LINGERING_MS : FIGURES_WITHIN_MS);
          }
          isComplete = !reader.isFull;
        } else {
          isComplete = true;
          whole = reader.readWhole(sent.whole);
        }
      } catch (error) {
        const reason: unknown = abortSignal.reason;
        // Behind the model's word that it is done, only the figures are lost.
        if (!reader.hasStopped) {
          const told = toFailure(abortSignal.aborted && reason !== undefined ? reason : error, { modelId: settings.modelId, region, hasBegun, prompt, now });
          failure = told.kind;
          throw told;
        }
      } finally {
        // Leaving a stream does not end it at Bedrock, which would go on generating and billing.
        end(isComplete);
        // Also of one that broke, or that nobody wants any more.
        if (reader.hasBegun) booked = onReport?.({ modelId: settings.modelId, payer: prompt.payer, usage: reader.usage, ...(reader.wasFlex ? { wasFlex: true } : {}) });
        const wasLeft = signal.aborted || (failure === undefined && !isComplete && !reader.hasStopped && !reader.isFull);
        onEnded?.({ modelId: settings.modelId, tookMs: performance.now() - startedAt, firstChunkMs, failure: wasLeft ? 'stopped' : failure });
        if (wasLeft || failure !== undefined) await booked;
      }
      if (whole !== undefined) {
        await booked;
        yield* whole;
        return;
      }
      const rest = reader.rest();
      if (rest !== '') yield { type: 'text', text: rest };
      await booked;
      if (reader.end !== undefined) yield reader.end;
    },
  };
};
