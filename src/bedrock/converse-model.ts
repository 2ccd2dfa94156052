import { ConverseCommand, ConverseStreamCommand } from '@aws-sdk/client-bedrock-runtime';
import { Failure } from '../conversation/failure.ts';
import { withSignal } from './attached-call.ts';
import { DEFAULT_DEADLINES, watch } from './deadlines.ts';
import { fromConverseOutput, fromConverseStream } from './from-converse-output.ts';
import { toConverseInput } from './to-converse-input.ts';
import { toFailure } from './to-failure.ts';
import type { BedrockRuntimeClient } from '@aws-sdk/client-bedrock-runtime';
import type { LanguageModel } from '../conversation/ports.ts';
import type { Deadlines } from './deadlines.ts';
import type { ConverseSettings } from './to-converse-input.ts';

export interface ConverseModelOptions {
  readonly client: BedrockRuntimeClient;
  readonly region: string;
  readonly settings: ConverseSettings;
  /** ConverseStream where the model can; otherwise, or when false, Converse. */
  readonly isStreaming: boolean;
  readonly deadlines?: Deadlines;
}

/** Bedrock's word for a model that has Converse but not ConverseStream. */
const CANNOT_STREAM = /(?:unsupported|not support\w*|n['’]t support)\b.*stream|stream\w*\b.*(?:unsupported|not support|n['’]t support)/iu;

const cannotStream = (error: unknown): boolean =>
  error instanceof Error && error.name === 'ValidationException' && CANNOT_STREAM.test(error.message);

/** Bedrock as a language model: each prompt becomes one ConverseStream or Converse request. */
export const createConverseModel = ({
  client,
  region,
  settings,
  isStreaming,
  deadlines = DEFAULT_DEADLINES,
}: ConverseModelOptions): LanguageModel => {
  let streams = isStreaming;

  const openStream = async (input: ReturnType<typeof toConverseInput>, abortSignal: AbortSignal) => {
    if (!streams) return undefined;
    try {
      const { stream } = await client.send(new ConverseStreamCommand(withSignal(input, abortSignal)));
      if (stream === undefined) throw new Failure('stream-broken', 'Bedrock answered without a stream.');
      return stream;
    } catch (error) {
      if (!cannotStream(error)) throw error;
      streams = false;
      return undefined;
    }
  };

  return {
    async *converse(prompt, signal) {
      const input = toConverseInput(settings, prompt);
      // Without a stream the first event is the whole answer.
      const firstEventMs = streams ? deadlines.firstEventMs : deadlines.wholeAnswerMs;
      const { signal: abortSignal, touch, end } = watch(signal, { ...deadlines, firstEventMs });
      let hasBegun = false;
      let isComplete = false;
      try {
        const stream = await openStream(input, abortSignal);
        hasBegun = stream !== undefined;
        const events =
          stream === undefined
            ? fromConverseOutput(await client.send(new ConverseCommand(withSignal(input, abortSignal))))
            : fromConverseStream(stream, touch);
        for await (const event of events) {
          isComplete ||= event.type === 'end';
          yield event;
        }
      } catch (error) {
        const reason: unknown = abortSignal.reason;
        throw toFailure(abortSignal.aborted && reason !== undefined ? reason : error, {
          modelId: settings.modelId,
          region,
          hasBegun,
        });
      } finally {
        // Leaving a stream does not end it at Bedrock, which would go on generating and billing.
        end(isComplete);
      }
    },
  };
};
