import type { FailureKind } from '../../conversation/failure.ts';

/** What stands beside the bot's name while something keeps it from answering. */
export const presenceText = (trouble: FailureKind): string => {
  switch (trouble) {
    case 'store':
      return 'My memory is out of reach';
    case 'store-full':
      return 'My memory has no room left';
    case 'key-expired':
    case 'key-refused':
    case 'no-key':
      return 'Waiting for a new Bedrock API key';
    case 'throttled':
    case 'daily-quota':
    case 'overloaded':
      return 'Amazon Bedrock is busy';
    default:
      return 'Amazon Bedrock is out of reach';
  }
};

/** "14:05": a status shows no time in its reader's own zone. */
const timeOf = (at: number): string => new Date(at).toISOString().slice(11, 16);

/** @param until milliseconds since the epoch */
export const turnedAwayText = (until: number): string => `Discord takes no answers until ${timeOf(until)} UTC`;
