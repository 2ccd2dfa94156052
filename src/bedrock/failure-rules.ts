import type { FailureKind } from '../conversation/failure.ts';

/** What an error stands for, and what an admin can do about it where that is known. */
export interface FailureRule {
  readonly kind: FailureKind;
  readonly cure?: string | undefined;
}

interface Rule extends FailureRule {
  /** Exception names, lower case; absent: any. */
  readonly names?: readonly string[];
  /** What the message has to say; apostrophes are matched in both forms, because Bedrock writes U+2019. */
  readonly says?: RegExp;
  /** Only where files were sent. */
  readonly needsFiles?: boolean;
}

/** The account's or the key's own troubles, which no question can cure. */
const ACCOUNT: readonly Rule[] = [
  { says: /(?:bearer token|api key|signature) (?:has |is )?expired|security token included in the request is expired/iu, kind: 'key-expired' },
  { names: ['expiredtokenexception'], kind: 'key-expired' },
  {
    says: /\bcallwithbearertoken\b/iu,
    kind: 'key-refused',
    cure: "Give the key's policy bedrock:CallWithBearerToken, and see that no policy of the organization denies it: without that, no API key works.",
  },
  {
    // "Invalid API Key format: Must start with pre-defined prefix" comes with the name of a model that may not be used.
    says: /make sure your api key is valid|authentication failed|invalid (?:bearer token|api key)|api key (?:is|has been) (?:not valid|invalid|malformed|inactive|disabled|revoked|deleted)|security token included in the request is invalid/iu,
    kind: 'key-refused',
  },
  {
    names: ['unrecognizedclientexception', 'invalidsignatureexception', 'incompletesignature', 'credentialsprovidererror'],
    kind: 'key-refused',
  },
  {
    // New and restricted accounts hear this of every model.
    names: ['validationexception', 'accessdeniedexception'],
    says: /^operation not allowed\b|account (?:\S+ )?(?:is|has) (?:not|been|currently|under|suspended|restricted|blocked|pending)\b|not authorized to invoke this api/iu,
    kind: 'settings-refused',
    cure: 'AWS does not let this account use Bedrock, or not this model: see whether the account is verified and may use it, and open a case with AWS Support.',
  },
  {
    names: ['servicequotaexceededexception'],
    kind: 'settings-refused',
    cure: "A quota of the account is used up: look at Bedrock's in the Service Quotas console, and ask AWS for more.",
  },
  {
    says: /data retention mode/iu,
    kind: 'settings-refused',
    cure: "The model wants another data retention than the account has: change that in the Amazon Bedrock console, or BEDROCK_MODEL_ID.",
  },
];

/** What the settings ask for and the model, or the account, does not have. */
const SETTINGS: readonly Rule[] = [
  {
    says: /\bapplyguardrail\b/iu,
    kind: 'settings-refused',
    cure: "Give the key's policy bedrock:ApplyGuardrail for the guardrail.",
  },
  {
    names: ['validationexception', 'resourcenotfoundexception'],
    says: /\bguardrail/iu,
    kind: 'settings-refused',
    cure: 'Check BEDROCK_GUARDRAIL_ID and BEDROCK_GUARDRAIL_VERSION, or the guardrail in /settings: the guardrail has to be in AWS_REGION, and the version published.',
  },
  { says: /reached the end of its life|marked by provider as legacy/iu, kind: 'model-retired' },
  { says: /on-demand throughput (?:isn['’]t|is not) supported|support\w* on-demand throughput/iu, kind: 'model-needs-profile' },
  { says: /model identifier is invalid/iu, kind: 'model-unknown' },
  {
    // What the model returned is about the question.
    names: ['validationexception'],
    says: /\bmodel\b(?! returned)(?:.{0,120}\b(?:not found|does not exist|doesn['’]t exist|(?:is not|isn['’]t) valid)\b|.{0,60}\bnot (?:available|allowed|supported|offered) in (?:this|your|the)\b.{0,20}\bregion\b)|could not resolve the foundation model/iu,
    kind: 'model-unknown',
  },
  { says: /use case details have not been submitted|use-case form/iu, kind: 'model-access' },
  { says: /not allow prompt caching|nothing available to cache/iu, kind: 'request-refused' },
  { names: ['accessdeniedexception'], kind: 'model-access' },
  { names: ['resourcenotfoundexception', 'unknownoperationexception'], kind: 'model-unknown' },
  {
    names: ['validationexception'],
    says: /(?:action|operation|api|model)\b[^.]{0,40}(?:doesn['’]t|does not|isn['’]t|is not|not) support(?:ed)?\b[^.]{0,40}(?:\bmodel|\boperation|\bconverse|\bchat|\baction)|supported text or chat model|\bnot a chat model\b/iu,
    kind: 'settings-refused',
    cure: 'Set BEDROCK_MODEL_ID to a model that one can chat with: this one has no Converse.',
  },
  {
    // Also "max_tokens: 128000 > 64000, which is the maximum allowed number of output tokens".
    names: ['validationexception'],
    says: /maximum tokens you requested exceeds|max(?:imum)?[_ ]?(?:new_|completion_|output_)?token(?:s|count)\b[^.]{0,80}(?:maximum allowed number of output tokens|supports at most|too large\b(?!.*context)|less than or equal|not less or equal|must be (?:at most|less)|exceeds? the (?:model|maximum|limit))|\bmax_gen_len\b/iu,
    kind: 'settings-refused',
    cure: 'Lower BEDROCK_MAX_TOKENS: the model does not answer at such length.',
  },
];

/**
 * A prompt that is too long, as each family of models says it: Anthropic, Nova and Titan, Llama and Mistral, and what is
 * compatible with OpenAI.
 */
const TOO_LONG: readonly RegExp[] = [
  /(?:input|prompt|request|conversation|messages?)(?: text)? (?:is|are|was) too (?:long|large)|(?:prompt|input) too (?:long|large)/iu,
  /input length and .?max_tokens.? exceed|inputs.? tokens \+ .?max_new_tokens/iu,
  /too many (?:input )?tokens\b(?! per|,? please)|input tokens exceeded|too many tokens: total/iu,
  /(?:maximum|max|available|model['’]?s?) (?:context|prompt|sequence|model|input) (?:length|window|size|tokens)/iu,
  /context[_ -]?(?:length|window|size|limit)[^.]{0,40}exceed|exceed\w{0,10}[^.]{0,60}(?:context|token limit|prompt length|input length)/iu,
  /(?:token count|number of (?:input )?tokens|input tokens|input length|prompt length|prompt tokens)[^.]{0,80}(?:exceed|greater than|longer than|more than|too large|larger than)/iu,
  /reduce the (?:length|size) of (?:the|your) (?:messages?|prompt|input|conversation|text)|reduce your prompt/iu,
  /request (?:entity|payload|body) too large|request_too_large|payload too large|exceeds the maximum (?:request|payload) size/iu,
  /expected maxlength: \d+, actual: \d+/iu,
  /context length is only|too large for (?:the )?(?:model|context)/iu,
  /tokens in (?:the )?(?:request|prompt) more than|exceeded model token limit|range of input length should be/iu,
  /max_tokens must be at least 1, got -/iu,
  /too many total (?:text )?bytes|total text bytes|too many characters/iu,
  /must have (?:less|fewer) than \d+ tokens|longer than the maximum number of tokens|exceeds? the limit of \d+ (?:input )?tokens|total tokens\b[^.]{0,40} exceed/iu,
  /configured context size|request (?:size )?exceeds (?:the )?(?:maximum|max|limit|allowed)/iu,
  // Of the request itself, and of the number of its turns.
  /'(?:body|messages)'[^.]{0,20} failed to satisfy constraint: member must have length less than|'messages': array too long|number of messages[^.]{0,20} (?:exceed|too large)/iu,
];

const RULES: readonly Rule[] = [
  ...ACCOUNT,
  // In its own words, before those of prompts that are too long.
  { says: /too many tokens per day/iu, kind: 'daily-quota' },
  { names: ['throttlingexception'], kind: 'throttled' },
  { says: /too many (?:tokens|requests), please wait/iu, kind: 'throttled' },
  ...SETTINGS,
  { names: ['modelnotreadyexception', 'serviceunavailableexception'], kind: 'overloaded' },
  // Says "exceed max allowed size", but of a picture.
  { names: ['validationexception'], says: /\bimages?\b[^.]{0,60}(?:exceed|size|pixels|dimension)/iu, needsFiles: true, kind: 'file-refused' },
  { names: ['validationexception'], says: /\bcontent\.\d+\.(?:image|pdf|document)\b|could not process (?:image|document|pdf)/iu, kind: 'file-refused' },
  ...TOO_LONG.map((says): Rule => ({ says, kind: 'too-long' })),
  { names: ['validationexception'], says: /\b(?:images?|documents?|pdf|video|audio|files?)\b/iu, needsFiles: true, kind: 'file-refused' },
  { names: ['validationexception', 'conflictexception'], kind: 'request-refused' },
  { names: ['modeltimeoutexception'], kind: 'model-timed-out' },
  { names: ['modelstreamerrorexception', 'modelerrorexception'], kind: 'model-error' },
  { names: ['internalserverexception'], kind: 'service-error' },
];

/** `input length and max_tokens exceed context limit: 50 + 200000 > 200000`: of these two, one is the settings'. */
const SUM = /(\d{1,9}) ?\+ ?(\d{1,9}) ?> ?(\d{1,9})/u;

/** Whether an answer of the length that is asked for leaves no room for a prompt of any use. */
const leavesNoRoom = (message: string): boolean => {
  const [input, answer, limit] = (SUM.exec(message) ?? []).slice(1).map(Number);
  return input !== undefined && answer !== undefined && limit !== undefined && answer > limit / 2 && input < limit / 10;
};

/**
 * What an error stands for by its name and message; the first rule that fits. Neither the HTTP status nor `$metadata` can
 * tell: failures inside a stream have none, and a refused key can arrive without a name.
 * @see https://docs.aws.amazon.com/bedrock/latest/userguide/troubleshooting-api-error-codes.html
 */
export const ruleFor = (name: string, message: string, hasFiles: boolean): FailureRule | undefined => {
  const lowerName = name.toLowerCase();
  const rule = RULES.find(
    ({ names, says, needsFiles = false }) => (names?.includes(lowerName) ?? true) && (says?.test(message) ?? true) && (hasFiles || !needsFiles),
  );
  if (rule?.kind === 'too-long' && leavesNoRoom(message)) {
    return { kind: 'settings-refused', cure: 'Lower BEDROCK_MAX_TOKENS: an answer of that length leaves the model no room for a question.' };
  }
  return rule;
};
