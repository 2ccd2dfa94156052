import { Failure } from '../conversation/failure.ts';
import { errorWords } from './error-words.ts';
import { modelInstead } from './model-facts.ts';
import { ruleFor } from './failure-rules.ts';
import { isOfField, refusedTurnIn } from './refused-turn.ts';
import { toldLengthIn } from './told-length.ts';
import { mostImagesAfter } from './too-many-images.ts';
import type { FailureKind } from '../conversation/failure.ts';
import type { Prompt } from '../conversation/prompt.ts';
import type { FailureRule } from './failure-rules.ts';

/** System errors of sockets and name look-ups. */
const NETWORK_CODE = /^(?:E[A-Z_]+|ERR_HTTP2_\w+|ERR_TLS_\w+|ERR_SSL_\w+|CERT_\w+|DEPTH_ZERO_\w+|SELF_SIGNED_\w+|UNABLE_TO_\w+|HPE_\w+)$/u;

const property = (value: unknown, key: string): unknown =>
  typeof value === 'object' && value !== null && key in value ? (value as Record<string, unknown>)[key] : undefined;

const codeOf = (error: unknown): string | undefined => {
  const code = property(error, 'code') ?? property(property(error, 'cause'), 'code');
  return typeof code === 'string' ? code : undefined;
};

const statusOf = (error: unknown): number | undefined => {
  const status = property(property(error, '$metadata'), 'httpStatusCode') ?? property(property(error, '$response'), 'statusCode');
  return typeof status === 'number' ? status : undefined;
};

const MAX_RETRY_AFTER_S = 24 * 60 * 60;

/**
 * When the service, or a proxy in front of it, wants to be asked again, in milliseconds since the epoch.
 * @see https://www.rfc-editor.org/rfc/rfc9110#field.retry-after
 */
const retryAtOf = (error: unknown, now: number): number | undefined => {
  const headers = property(property(error, '$response'), 'headers');
  const value = property(headers, 'retry-after');
  if (typeof value !== 'string') return undefined;
  // A date is one of the service's clock, which it shows; ours may be another.
  const sentAt = Date.parse(String(property(headers, 'date')));
  const afterMs = /^\d+$/u.test(value) ? Number(value) * 1_000 : Date.parse(value) - (Number.isNaN(sentAt) ? now : sentAt);
  return afterMs > 0 && afterMs <= MAX_RETRY_AFTER_S * 1_000 ? now + afterMs : undefined;
};

const kindByStatus = (status: number | undefined): FailureKind | undefined => {
  if (status === undefined) return undefined;
  if (status === 401 || status === 403) return 'key-refused';
  if (status === 404) return 'model-unknown';
  if (status === 408) return 'model-timed-out';
  if (status === 413) return 'too-long';
  if (status === 424) return 'model-error';
  if (status === 429) return 'throttled';
  if (status === 503) return 'overloaded';
  return status >= 500 ? 'service-error' : 'request-refused';
};

const hasFiles = ({ turns }: Prompt): boolean => turns.some(({ content }) => content.some((block) => !('text' in block)));

/** Statuses with which a proxy says what Bedrock could say, too. Any other page is about the way there. */
const AS_BEDROCK = new Set([408, 413, 429]);

const PROXY_CURE =
  'Something between Parley and Bedrock answered in its place: check the proxy, the firewall, and AWS_ENDPOINT_URL_BEDROCK_RUNTIME.';

/** An answer that is none of Bedrock's: the page of a proxy, or of whoever lives at a wrong address. */
const pageRule = (status: number | undefined): FailureRule | undefined => {
  if (status === undefined || status >= 500 || AS_BEDROCK.has(status)) return undefined;
  return { kind: 'settings-refused', cure: PROXY_CURE };
};

const ruleOf = (error: unknown, name: string, message: string, { hasBegun, prompt }: FailureContext): FailureRule => {
  const isUnreadable = name === 'SyntaxError';
  const status = statusOf(error);
  const rule = isUnreadable ? pageRule(status) : ruleFor(name, message, prompt !== undefined && hasFiles(prompt));
  if (rule !== undefined) return rule;
  // The only timeout of the SDK that is on is the one for connecting.
  if (name === 'TimeoutError') return { kind: 'network' };
  if (status !== undefined && status >= 400) return { kind: kindByStatus(status) ?? 'defect' };
  if (hasBegun) return { kind: 'stream-broken' };
  return { kind: NETWORK_CODE.test(codeOf(error) ?? '') ? 'network' : 'service-error' };
};

/** By which AWS finds a call again. */
const requestIdOf = (error: unknown): string | undefined => {
  const id = property(property(error, '$metadata'), 'requestId');
  return typeof id === 'string' && /^[\w-]{8,64}$/u.test(id) ? `request ${id}` : undefined;
};

/** Of an error's message, in characters: nobody explains a refusal at such length, and the rest is a quotation. */
const MAX_MESSAGE_LENGTH = 4_000;

/** Bedrock's word for a limit that is not about tokens. */
const TOO_MANY_REQUESTS = /too many requests/iu;

export interface FailureContext {
  readonly modelId: string;
  readonly region: string;
  /** Whether the answer had begun: an error without a name of its own is then a broken stream. */
  readonly hasBegun: boolean;
  /** What was asked: none of it gets into the failure's message. */
  readonly prompt?: Prompt;
  /** Milliseconds since the epoch, as those know it who read of it. */
  readonly now?: (() => number) | undefined;
}

/** Refusals that may be about the number of images, whatever their words made of them. */
const OF_WHAT_WAS_SENT = new Set<FailureKind>(['file-refused', 'request-refused', 'too-long']);

/** What the SDK says where an answer has neither a type nor a message. */
const SDKS_OWN = new Set(['Unknown', 'UnknownError']);

/** What an error calls itself; where it is of no type, its status tells more than the SDK's word for that. */
const nameOf = (error: unknown, name: string): string | undefined => {
  if (!SDKS_OWN.has(name)) return errorWords(name);
  const status = statusOf(error);
  return status === undefined ? undefined : `HTTP status ${status}`;
};

/** The failure that an error of the SDK stands for. */
export const toFailure = (error: unknown, context: FailureContext): Failure => {
  if (error instanceof Failure) return error;
  const name = String(property(error, 'name') ?? 'Error');
  const message = String(property(error, 'message') ?? error).slice(0, MAX_MESSAGE_LENGTH);
  const rule = ruleOf(error, name, message, context);
  const mostImages = context.prompt !== undefined && OF_WHAT_WAS_SENT.has(rule.kind) ? mostImagesAfter(message, context.prompt) : undefined;
  const { kind, cure }: FailureRule = mostImages === undefined ? rule : { kind: 'file-refused' };
  const successor = modelInstead(kind, context.modelId, context.region);
  // A parser quotes what it could not read.
  const said = SDKS_OWN.has(message) ? '' : name === 'SyntaxError' ? `what came is no answer of Bedrock (HTTP status ${statusOf(error) ?? 'unknown'})` : errorWords(message, context.prompt);
  const detail = [nameOf(error, name), codeOf(error), said, requestIdOf(error)].filter((part) => part !== undefined && part !== '');
  return new Failure(kind, detail.join(': '), { cause: error, successor, cure, retryAt: retryAtOf(error, (context.now ?? Date.now)()), wereRequests: TOO_MANY_REQUESTS.test(message), mostImages, toldLength: kind === 'too-long' ? toldLengthIn(message) : undefined, turnIndex: kind === 'request-refused' ? refusedTurnIn(message) : undefined, isOfField: isOfField(message) });
};
