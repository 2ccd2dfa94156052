import { Failure } from '../conversation/failure.ts';
import { modelInstead } from './model-instead.ts';
import type { FailureKind } from '../conversation/failure.ts';

interface Rule {
  /** Exception names, lower case; absent: any. */
  readonly names?: readonly string[];
  /** What the message has to say; apostrophes are matched in both forms, because Bedrock writes U+2019. */
  readonly says?: RegExp;
  readonly kind: FailureKind;
}

/**
 * What went wrong, by exception name and message; the first rule that fits. Neither the HTTP status nor `$metadata` can
 * tell: failures inside a stream have none, and a refused key can arrive without a name.
 * @see https://docs.aws.amazon.com/bedrock/latest/userguide/troubleshooting-api-error-codes.html
 */
const RULES: readonly Rule[] = [
  { says: /bearer token has expired|security token included in the request is expired/iu, kind: 'key-expired' },
  { names: ['expiredtokenexception'], kind: 'key-expired' },
  { says: /make sure your api key is valid|authentication failed|invalid bearer token/iu, kind: 'key-refused' },
  {
    names: ['unrecognizedclientexception', 'invalidsignatureexception', 'incompletesignature', 'credentialsprovidererror'],
    kind: 'key-refused',
  },
  { says: /reached the end of its life|marked by provider as legacy/iu, kind: 'model-retired' },
  { says: /on-demand throughput isn['’]t supported/iu, kind: 'model-needs-profile' },
  { says: /model identifier is invalid/iu, kind: 'model-unknown' },
  { says: /use case details have not been submitted|use-case form/iu, kind: 'model-access' },
  { says: /not allow prompt caching|nothing available to cache/iu, kind: 'request-refused' },
  { names: ['accessdeniedexception'], kind: 'model-access' },
  { names: ['resourcenotfoundexception', 'unknownoperationexception'], kind: 'model-unknown' },
  { says: /too many tokens per day/iu, kind: 'daily-quota' },
  { names: ['throttlingexception'], kind: 'throttled' },
  { says: /too many (?:tokens|requests), please wait/iu, kind: 'throttled' },
  { names: ['modelnotreadyexception', 'serviceunavailableexception'], kind: 'overloaded' },
  { says: /input is too long|prompt is too long|exceeds? the (?:maximum|model).*(?:tokens|context)|too many input tokens/iu, kind: 'too-long' },
  { names: ['validationexception'], says: /\b(?:images?|documents?|pdf)\b/iu, kind: 'file-refused' },
  { names: ['validationexception', 'conflictexception', 'servicequotaexceededexception'], kind: 'request-refused' },
  { names: ['modeltimeoutexception'], kind: 'model-timed-out' },
  { names: ['modelstreamerrorexception', 'modelerrorexception'], kind: 'model-error' },
  { names: ['internalserverexception'], kind: 'service-error' },
];

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
const retryAtOf = (error: unknown): number | undefined => {
  const value = property(property(property(error, '$response'), 'headers'), 'retry-after');
  if (typeof value !== 'string') return undefined;
  const at = /^\d+$/u.test(value) ? Date.now() + Number(value) * 1_000 : Date.parse(value);
  return at > Date.now() && at - Date.now() <= MAX_RETRY_AFTER_S * 1_000 ? at : undefined;
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

const kindOf = (error: unknown, name: string, message: string, hasBegun: boolean): FailureKind => {
  const lowerName = name.toLowerCase();
  const rule = RULES.find(
    ({ names, says }) => (names?.includes(lowerName) ?? true) && (says?.test(message) ?? true),
  );
  if (rule !== undefined) return rule.kind;
  // The only timeout of the SDK that is on is the one for connecting.
  if (name === 'TimeoutError') return 'network';
  const status = statusOf(error);
  if (status !== undefined && status >= 400) return kindByStatus(status) ?? 'defect';
  if (hasBegun) return 'stream-broken';
  return NETWORK_CODE.test(codeOf(error) ?? '') ? 'network' : 'service-error';
};

/** AWS texts hold model ids, ARNs and advice, no message text; the provider's own may quote the prompt, so they are cut. */
const MAX_DETAIL_LENGTH = 300;

/** Bedrock's word for a limit that is not about tokens. */
const TOO_MANY_REQUESTS = /too many requests/iu;

export interface FailureContext {
  readonly modelId: string;
  readonly region: string;
  /** Whether the answer had begun: an error without a name of its own is then a broken stream. */
  readonly hasBegun: boolean;
}

/** The failure that an error of the SDK stands for. */
export const toFailure = (error: unknown, { modelId, region, hasBegun }: FailureContext): Failure => {
  if (error instanceof Failure) return error;
  const name = String(property(error, 'name') ?? 'Error');
  const message = String(property(error, 'message') ?? error);
  const kind = kindOf(error, name, message, hasBegun);
  const successor = modelInstead(kind, modelId, region);
  const detail = [name, codeOf(error), message.slice(0, MAX_DETAIL_LENGTH)].filter((part) => part !== undefined);
  return new Failure(kind, detail.join(': '), { cause: error, successor, retryAt: retryAtOf(error), wereRequests: TOO_MANY_REQUESTS.test(message) });
};
