import type { FailureKind } from '../../conversation/failure.ts';

/** Why Parley does not answer as it should: the end of a sentence that begins with "Degraded:". */
const whyDegraded = (trouble: FailureKind): string => {
  switch (trouble) {
    case 'store':
      return 'my memory is out of reach';
    case 'store-full':
      return 'my memory has no room left';
    case 'key-expired':
    case 'key-refused':
    case 'no-key':
      return 'waiting for a new Bedrock API key';
    case 'model-access':
    case 'model-unknown':
    case 'model-retired':
    case 'model-needs-profile':
    case 'settings-refused':
      return 'an admin has to look at my settings';
    case 'throttled':
    case 'daily-quota':
    case 'overloaded':
      return 'Amazon Bedrock is busy';
    default:
      return 'Amazon Bedrock is out of reach';
  }
};

/** What stands beside the bot's name while something keeps it from answering, and what supervisors are told. */
export const presenceText = (trouble: FailureKind): string => `Degraded: ${whyDegraded(trouble)}`;

/** "14:05": a status shows no time in its reader's own zone. */
const timeOf = (at: number): string => new Date(at).toISOString().slice(11, 16);

/** @param until milliseconds since the epoch */
export const turnedAwayText = (until: number): string => `Degraded: Discord takes no answers until ${timeOf(until)} UTC`;
