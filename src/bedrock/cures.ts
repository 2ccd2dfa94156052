import type { KeyState } from './key-keeper.ts';
import type { Failure, FailureKind } from '../conversation/failure.ts';

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
