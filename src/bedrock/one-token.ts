import { Failure } from '../conversation/failure.ts';
import { cannotStream } from './error-words.ts';
import { ruleFor } from './failure-rules.ts';
import { usageOf } from './reported-usage.ts';
import { LONGEST_CONTEXT_TOKENS, fieldsOf } from './plausible.ts';
import { serviceAddress } from './service-address.ts';
import { readShortStream } from './stream-exception.ts';
import { toFailure } from './to-failure.ts';
import { wireRefusal } from './wire-refusal.ts';
import type { IncomingMessage } from 'node:http';
import type { OnReport } from '../conversation/call-report.ts';
import type { FailureKind } from '../conversation/failure.ts';
import type { TokenUsage } from '../conversation/reply.ts';
import type { AnswerBounds } from './plausible.ts';
import type { WireAnswer, WireError } from './wire-refusal.ts';

// An import would load all that the module offers, `fetch` with it, which takes 50 ms of a start.
const http = process.getBuiltinModule('node:http');
const https = process.getBuiltinModule('node:https');

export interface OneTokenOptions {
  readonly apiKey: string;
  readonly region: string;
  /** Instead of the region's own address. */
  readonly endpoint?: string | undefined;
  readonly modelId: string;
  readonly guardrail?: { readonly id: string; readonly version: string } | undefined;
  readonly isStreaming: boolean;
  /** Milliseconds that it may take. */
  readonly timeoutMs: number;
  /** Hears the `Date` header of an answer, and when its request was sent, by the clock that only goes forward. */
  readonly onDate?: ((date: string | null, sentAt: number) => void) | undefined;
  /** Milliseconds that only go forward. */
  readonly monotonicNow: () => number;
  /** Hears of the call where it was answered. */
  readonly onReport?: OnReport | undefined;
}

/** Why a call of one token failed. */
export interface OneTokenFailure {
  readonly failure: Failure;
  /** Bedrock itself said so, and neither waiting nor asking again will change it. */
  readonly isLasting: boolean;
}

/** What only an admin can mend. */
const LASTING = new Set<FailureKind>(['key-refused', 'key-expired', 'model-access', 'model-unknown', 'model-retired', 'model-needs-profile', 'settings-refused']);
/** Quotas are used up and given back. */
const PASSING_NAMES = new Set(['ServiceQuotaExceededException']);

const BOUNDS: AnswerBounds = { maxTokens: 1, contextTokens: LONGEST_CONTEXT_TOKENS };

/** Far more than an answer of one token. */
const MAX_ANSWER_BYTES = 256 * 1024;
const EVENT_STREAM = 'application/vnd.amazon.eventstream';

interface Answer extends WireAnswer {
  readonly bytes: Buffer;
}

type Operation = 'converse' | 'converse-stream';

const bodyOf = (guardrail: OneTokenOptions['guardrail']): string =>
  JSON.stringify({
    messages: [{ role: 'user', content: [{ text: 'Hello' }] }],
    inferenceConfig: { maxTokens: 1 },
    ...(guardrail === undefined ? {} : { guardrailConfig: { guardrailIdentifier: guardrail.id, guardrailVersion: guardrail.version } }),
  });

const readBytes = async (response: IncomingMessage): Promise<Buffer> => {
  const pieces: Buffer[] = [];
  let size = 0;
  for await (const piece of response as AsyncIterable<Buffer>) {
    pieces.push(piece);
    size += piece.length;
    if (size > MAX_ANSWER_BYTES) break;
  }
  return Buffer.concat(pieces);
};

/** By Node's own agents, which go through a proxy where one is set. */
const ask = async (operation: Operation, options: OneTokenOptions, signal: AbortSignal): Promise<Answer> => {
  const { apiKey, region, endpoint, modelId, guardrail, onDate, monotonicNow } = options;
  const url = new URL(`${endpoint ?? (await serviceAddress('bedrock-runtime', region))}/model/${encodeURIComponent(modelId)}/${operation}`);
  const body = bodyOf(guardrail);
  const headers = {
    authorization: `Bearer ${apiKey}`,
    'content-type': 'application/json',
    'content-length': Buffer.byteLength(body),
    // The next call is the SDK's, over connections of its own.
    connection: 'close',
  };
  const sentAt = monotonicNow();
  const response = await new Promise<IncomingMessage>((resolve, reject) => {
    const request = (url.protocol === 'http:' ? http : https).request(url, { method: 'POST', headers, signal }, resolve);
    request.on('error', reject);
    request.end(body);
  });
  const header = (name: string): string | undefined => {
    const value = response.headers[name];
    return Array.isArray(value) ? value[0] : value;
  };
  onDate?.(header('date') ?? null, sentAt);
  const bytes = await readBytes(response);
  return { status: response.statusCode ?? 0, header, bytes, body: bytes.toString('utf8') };
};

/** What is wrong with an answer, in the form that `to-failure.ts` reads. */
const errorIn = (answer: Answer): WireError | undefined => {
  if (answer.status < 200 || answer.status >= 300) return wireRefusal(answer);
  const type = answer.header('content-type')?.split(';')[0]?.trim().toLowerCase() ?? '';
  if (type === EVENT_STREAM) {
    const { events, exception } = readShortStream(answer.bytes);
    if (exception === undefined && events === 0) throw new Failure('stream-broken', 'Bedrock ended its answer before it began.');
    return exception;
  }
  const asRefusal = wireRefusal(answer);
  if (asRefusal.name === 'SyntaxError' || type.startsWith('text/')) return { ...asRefusal, name: 'SyntaxError' };
  const fields = fieldsOf(JSON.parse(answer.body));
  if ('output' in fields || 'stopReason' in fields) return undefined;
  throw new Failure('service-error', 'what came is no answer of Bedrock');
};

/** What the call is paid by; undefined where that cannot be read. */
const usageIn = (answer: Answer): TokenUsage | undefined => {
  try {
    const type = answer.header('content-type')?.split(';')[0]?.trim().toLowerCase() ?? '';
    const told = type === EVENT_STREAM ? fieldsOf(readShortStream(answer.bytes).metadata) : fieldsOf(JSON.parse(answer.body));
    return usageOf(told['usage'], BOUNDS);
  } catch {
    return undefined;
  }
};

const SAYS_SO = ['x-amzn-requestid', 'x-amzn-errortype'];

/**
 * Asks the model for one token, in the way that questions would go. Plain HTTP: the SDK is loaded with the first question, and
 * would take time from the start and memory from an idle process. Never rejects.
 * @returns nothing when it was answered
 */
export const tryOneToken = async (options: OneTokenOptions): Promise<OneTokenFailure | undefined> => {
  const { modelId, region, isStreaming, timeoutMs, onReport } = options;
  const signal = AbortSignal.timeout(timeoutMs);
  try {
    let answer = await ask(isStreaming ? 'converse-stream' : 'converse', options, signal);
    let error = errorIn(answer);
    if (isStreaming && cannotStream(error)) {
      answer = await ask('converse', options, signal);
      error = errorIn(answer);
    }
    const usage = usageIn(answer);
    if (error === undefined || usage !== undefined) onReport?.({ modelId, payer: undefined, usage });
    if (error === undefined) return undefined;
    const failure = toFailure(error, { modelId, region, hasBegun: false });
    const isBedrocks = ruleFor(error.name, error.message, false) !== undefined || SAYS_SO.some((name) => answer.header(name) !== undefined);
    return { failure, isLasting: isBedrocks && LASTING.has(failure.kind) && !PASSING_NAMES.has(error.name) };
  } catch (error) {
    const failure = signal.aborted ? new Failure('timed-out', `no answer within ${timeoutMs / 1000} s`) : toFailure(error, { modelId, region, hasBegun: false });
    return { failure, isLasting: false };
  }
};
