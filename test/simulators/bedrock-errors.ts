// What Bedrock answers instead of an answer.
// https://docs.aws.amazon.com/bedrock/latest/userguide/troubleshooting-api-error-codes.html

export type ErrorReply = {
  /** Exception name. Left out, the SDK finds no type and calls the error `Unknown`. */
  readonly name?: string;
  readonly status: number;
  readonly message: string;
  /** The front door spells the field `Message`, the service behind it `message`. */
  readonly capitalMessage?: boolean;
  /** `false` leaves the `x-amzn-errortype` header out. */
  readonly headerType?: boolean;
  /** Puts the name into the body's `__type` too. */
  readonly bodyType?: boolean;
  /** Value of a `retry-after` header: seconds, or an HTTP date. */
  readonly retryAfter?: number | string;
  /** Further members of the body. */
  readonly extra?: Readonly<Record<string, unknown>>;
  /** A body that is not JSON, as a proxy in front of Bedrock would send it. */
  readonly html?: string;
};

/** Thrown where the simulator refuses a request; becomes the HTTP answer. */
export class Refusal extends Error {
  readonly reply: ErrorReply;

  constructor(reply: ErrorReply) {
    super(reply.message);
    this.name = reply.name ?? 'Unknown';
    this.reply = reply;
  }
}

export function refuse(message: string): never {
  throw new Refusal(bedrockErrors.validation(message));
}

/** Bedrock's prefix for what the model's own provider said. */
export function refuseByModel(message: string): never {
  refuse(`The model returned the following errors: ${message}`);
}

type ErrorOptions = Partial<ErrorReply>;

function factory(name: string, status: number, text: string, fixed: ErrorOptions = {}) {
  return (message: string = text, options: ErrorOptions = {}): ErrorReply => ({
    name,
    status,
    message,
    ...fixed,
    ...options,
  });
}

const DENIED = 'AccessDeniedException';
const NOT_FOUND = 'ResourceNotFoundException';
const UNAVAILABLE = 'ServiceUnavailableException';
const THROTTLED = 'ThrottlingException';
const frontDoor: ErrorOptions = { capitalMessage: true };

const PROXY_PAGE = '<html><head><title>502 Bad Gateway</title></head><body><h1>502 Bad Gateway</h1></body></html>';

/** One factory for each answer; each takes `(message?, options?)` except where an id is the point. */
export const bedrockErrors = {
  validation: factory('ValidationException', 400, 'The request is not valid.'),
  malformed: (detail: string): ErrorReply =>
    bedrockErrors.validation(`Malformed input request: ${detail}, please reformat your input and try again.`),
  serialization: factory('SerializationException', 400, 'Start of structure or map found where not expected.'),
  inputTooLong: factory('ValidationException', 400, 'Input is too long for requested model.'),
  invalidModel: factory('ValidationException', 400, 'The provided model identifier is invalid.'),
  // The apostrophe is U+2019 in the live text.
  onDemand: (modelId: string): ErrorReply =>
    bedrockErrors.validation(
      `Invocation of model ID ${modelId} with on-demand throughput isn\u2019t supported. Retry your request with the ID ` +
        'or ARN of an inference profile that contains this model.',
    ),
  temperatureDeprecated: factory(
    'ValidationException',
    400,
    'The model returned the following errors: `temperature` is deprecated for this model.',
  ),
  useCaseForm: factory(
    'ValidationException',
    400,
    'You have not filled out the required use-case form for this model. Please fill out the form and try again.',
  ),
  dataRetention: factory('ValidationException', 400, "data retention mode 'default' is not available for this model"),

  badKey: factory(DENIED, 403, 'Authentication failed: Please make sure your API Key is valid.', frontDoor),
  expiredKey: factory(DENIED, 403, 'Bearer Token has expired', frontDoor),
  accessDenied: factory(DENIED, 403, "You don't have access to the model with the specified model ID."),
  marketplace: factory(
    DENIED,
    403,
    'Model access is denied due to IAM user or service role is not authorized to perform the required AWS Marketplace ' +
      'actions (aws-marketplace:ViewSubscriptions, aws-marketplace:Subscribe) to enable access to this model. Refer to ' +
      'the Amazon Bedrock documentation for further details. Your AWS Marketplace subscription for this model cannot be ' +
      'completed at this time. If you recently fixed this issue, try again after 2 minutes.',
  ),
  notAuthorized: (action: string, resource: string): ErrorReply => ({
    name: DENIED,
    status: 403,
    message:
      'User: arn:aws:iam::123456789012:user/BedrockAPIKey-test is not authorized to perform: ' +
      `${action} on resource: ${resource}`,
  }),
  payment: factory(
    DENIED,
    403,
    'Model access is denied due to INVALID_PAYMENT_INSTRUMENT: A valid payment instrument must be provided.',
  ),
  noPromptCaching: factory(
    DENIED,
    403,
    'You invoked an unsupported model or your request did not allow prompt caching. See the documentation for more ' +
      'information.',
  ),
  unrecognizedClient: factory(
    'UnrecognizedClientException',
    403,
    'The security token included in the request is invalid.',
  ),
  expiredToken: factory('ExpiredTokenException', 403, 'The security token included in the request is expired'),

  endOfLife: factory(
    NOT_FOUND,
    404,
    'This model version has reached the end of its life. Please refer to the AWS documentation for more details.',
  ),
  legacy: factory(
    NOT_FOUND,
    404,
    'Access denied. This Model is marked by provider as Legacy and you have not been actively using the model in the ' +
      'last 30 days. Please upgrade to an active model on Amazon Bedrock',
  ),
  useCaseDetails: factory(
    NOT_FOUND,
    404,
    'Model use case details have not been submitted for this account. Fill out the Anthropic use case details form ' +
      'before using the model. If you have already filled out the form, try again in 15 minutes.',
  ),
  unknownOperation: (): ErrorReply => ({
    name: 'UnknownOperationException',
    status: 404,
    message: '',
    extra: { Output: { __type: 'com.amazon.coral.service#UnknownOperationException' }, Version: '1.0' },
  }),

  throttling: factory(THROTTLED, 429, 'Too many tokens, please wait before trying again.'),
  tooManyRequests: factory(THROTTLED, 429, 'Too many requests, please wait before trying again.'),
  tokensPerDay: factory(THROTTLED, 429, 'Too many tokens per day, please wait before trying again.'),
  modelNotReady: factory('ModelNotReadyException', 429, 'Model is not ready for inference. Wait and try your request again.'),

  modelTimeout: factory('ModelTimeoutException', 408, 'Model has timed out in processing the request. Try your request again.'),
  modelError: factory(
    'ModelErrorException',
    424,
    'The system encountered an unexpected error during processing. Try your request again.',
    { extra: { originalStatusCode: 500, resourceName: 'model' } },
  ),
  modelStreamError: factory('ModelStreamErrorException', 424, 'The model stream ended with an error.', {
    extra: { originalStatusCode: 500, originalMessage: 'The model stream ended with an error.' },
  }),
  internalServer: factory(
    'InternalServerException',
    500,
    'The system encountered an unexpected error during processing. Try your request again.',
  ),
  unavailable: factory(UNAVAILABLE, 503, 'Bedrock is unable to process your request.'),
  tooManyConnections: factory(UNAVAILABLE, 503, 'Too many connections, please wait before trying again.'),
  serviceQuota: factory('ServiceQuotaExceededException', 400, 'Your request exceeds the service quota for your account.'),
  conflict: factory('ConflictException', 400, 'Error occurred because of a conflict while performing an operation.'),

  /** No type in header or body. */
  untyped: (status = 403, message = 'Bearer Token has expired'): ErrorReply => ({ status, message, capitalMessage: true }),
  /** A proxy between the caller and Bedrock. */
  badGateway: (html: string = PROXY_PAGE): ErrorReply => ({ status: 502, message: '502 Bad Gateway', html }),
} as const;

// The live service puts this suffix behind the name; SDKs cut it off.
const ERROR_TYPE_SUFFIX = ':http://internal.amazon.com/coral/com.amazon.bedrock/';

export function errorHeaders(reply: ErrorReply): Record<string, string> {
  const headers: Record<string, string> = { 'content-type': reply.html === undefined ? 'application/json' : 'text/html' };
  if (reply.name !== undefined && reply.headerType !== false) headers['x-amzn-errortype'] = reply.name + ERROR_TYPE_SUFFIX;
  if (reply.retryAfter !== undefined) headers['retry-after'] = String(reply.retryAfter);
  return headers;
}

export function errorBody(reply: ErrorReply): string {
  if (reply.html !== undefined) return reply.html;
  return JSON.stringify({
    ...(reply.bodyType === true && reply.name !== undefined && { __type: reply.name }),
    ...(reply.message !== '' && { [reply.capitalMessage === true ? 'Message' : 'message']: reply.message }),
    ...reply.extra,
  });
}
