import type { Failure, FailureKind } from '../conversation/failure.ts';
import type { KeyState } from './key-keeper.ts';

/** Of what Bedrock says, in characters. */
const MAX_DETAIL = 200;

/** A failure's message within a sentence, without what only programs and AWS's own people read. */
export const shortened = (message: string): string =>
  message
    .replaceAll(/\s+/gu, ' ')
    .replace(/^(?:\w*(?:Error|Exception)|Unknown): /u, '')
    .replace(/:? ?request [\w-]{8,64}$/u, '')
    .slice(0, MAX_DETAIL)
    .replace(/[.:]$/u, '');

/** What is wrong when the model cannot be called, in one plain sentence for an admin. */
export const troubleText = ({ kind, message, successor }: Failure, modelId: string, region: string): string => {
  const detail = shortened(message);
  const said = detail === '' ? '' : ` (${detail})`;
  switch (kind) {
    case 'key-refused':
      return `Amazon Bedrock in ${region} refused the API key${said}.`;
    case 'key-expired':
      return `The API key has expired, says Amazon Bedrock${said}.`;
    case 'no-key':
      return `There is no API key yet${said}.`;
    case 'model-access':
      return `The API key may not use ${modelId} in ${region}${said}.`;
    case 'model-unknown':
      return `Amazon Bedrock has no ${modelId} in ${region}${successor === undefined ? said : ''}.`;
    case 'model-retired':
      return `Amazon Bedrock has retired ${modelId}${successor === undefined ? said : ''}.`;
    case 'model-needs-profile':
      return `${modelId} can only be called through an inference profile.`;
    case 'throttled':
      return `Amazon Bedrock takes no more calls of ${modelId} right now${said}.`;
    case 'daily-quota':
      return `Today's quota of ${modelId} at Amazon Bedrock is used up${said}.`;
    case 'overloaded':
      return `Amazon Bedrock is too busy for ${modelId}, or the model is only being made ready${said}.`;
    case 'network':
      return `Amazon Bedrock in ${region} cannot be reached${said}.`;
    case 'timed-out':
    case 'model-timed-out':
      return `Amazon Bedrock in ${region} did not answer in time${said}.`;
    case 'settings-refused':
    case 'request-refused':
      return `Amazon Bedrock does not answer with these settings, or for this account${said}.`;
    default:
      return `Amazon Bedrock had a problem with ${modelId}${said}.`;
  }
};

export const NEW_KEY = 'Make a new one in the Amazon Bedrock console, under "API keys"';

/** What an admin can do about a key that has expired, by where it comes from. */
export const HOW_TO_REPLACE: Readonly<Record<KeyState['origin'], string>> = {
  variable: `${NEW_KEY}, set AWS_BEARER_TOKEN_BEDROCK to it, and start Parley again.`,
  file: `${NEW_KEY}, and replace the file that AWS_BEARER_TOKEN_BEDROCK_FILE names: it is taken up at once.`,
  command: 'Run AWS_BEARER_TOKEN_BEDROCK_COMMAND by hand and see what keeps it from printing a new one.',
};

/** What an admin can do about a failed call. */
const CURES: Partial<Record<FailureKind, string>> = {
  'key-refused':
    'The key is mistyped, revoked, or made for another region: compare AWS_REGION with the region where it was made, or make a new one in the Amazon Bedrock console.',
  'key-expired': 'Make a new key in the Amazon Bedrock console.',
  'model-access':
    "Give the key's policy bedrock:InvokeModel and bedrock:InvokeModelWithResponseStream for the model and its inference profile in every region it leads to; Anthropic's models " +
    'also want the use-case form in the console. After a first subscription wait some minutes.',
  'model-unknown': 'Set BEDROCK_MODEL_ID to a model or an inference profile of this region.',
  'model-retired': 'Set BEDROCK_MODEL_ID to a model that is still offered.',
  'model-needs-profile': "Set BEDROCK_MODEL_ID to the model's inference profile.",
  throttled: "The account's quota is used up: wait a minute, lower BEDROCK_MAX_TOKENS, or ask AWS for more.",
  'daily-quota': "Today's quota is used up: wait for the next day (UTC), or ask AWS for more.",
  overloaded: 'Bedrock is busy: try again in a minute, or set BEDROCK_MODEL_ID to a global inference profile.',
  network: 'Check the network, the proxy, the spelling of AWS_REGION, and AWS_ENDPOINT_URL_BEDROCK_RUNTIME.',
  'request-refused': 'Check BEDROCK_MODEL_ID; Bedrock did not accept a plain request.',
};

/** @param origin where the key comes from */
export const cureOf = ({ kind, successor, cure }: Failure, origin?: KeyState['origin']): string => {
  if (kind === 'key-expired' && origin !== undefined) return HOW_TO_REPLACE[origin];
  return successor === undefined ? (cure ?? CURES[kind] ?? 'Try again; https://health.aws.amazon.com tells when Bedrock is down.') : `Set BEDROCK_MODEL_ID=${successor}.`;
};
