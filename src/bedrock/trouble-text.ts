import type { Failure } from '../conversation/failure.ts';

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
