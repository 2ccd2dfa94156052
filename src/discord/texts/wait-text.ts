import type { FailureKind } from '../../conversation/failure.ts';
import type { Wait } from '../../conversation/ports.ts';

const whatIsWrong = (kind: FailureKind): string => {
  switch (kind) {
    case 'throttled':
    case 'overloaded':
      return 'Amazon Bedrock is busy';
    case 'daily-quota':
      return "Today's quota at Amazon Bedrock is used up";
    case 'network':
    case 'timed-out':
      return 'I cannot reach Amazon Bedrock right now';
    case 'key-expired':
      return 'My Bedrock API key has expired';
    case 'no-key':
      return 'I have no Bedrock API key yet';
    default:
      return 'Amazon Bedrock has a problem';
  }
};

/** A moment as each reader's own clock shows it, counting down. @see https://discord.com/developers/docs/reference#message-formatting */
const countdown = (untilMs: number): string => `<t:${Math.ceil(untilMs / 1000)}:R>`;

const lineText = (ahead: number): string => {
  if (ahead <= 0) return 'Your question is next.';
  return ahead === 1 ? '1 question is before yours.' : `${ahead} questions are before yours.`;
};

/** What a person reads while a question waits: why, and how it goes on. */
export const waitText = (wait: Wait): string => {
  if (wait.type === 'line') return lineText(wait.ahead);
  if (wait.type === 'files') return 'Other questions have large files, too; yours are next.';
  const { kind, untilMs } = wait;
  if (kind === 'key-expired') return `${whatIsWrong(kind)}; I ask as soon as an admin has given me a new one.`;
  if (kind === 'no-key') return `${whatIsWrong(kind)}; I ask as soon as it is there.`;
  return untilMs === undefined ? `${whatIsWrong(kind)}; I ask again as soon as I can.` : `${whatIsWrong(kind)}; I try again ${countdown(untilMs)}.`;
};

/** When the model is asked and there is nothing to read yet. */
export const THINKING_TEXT = 'Thinking…';

/** Whether a line is one of these, each of which promises an answer. */
export const isWaitText = (line: string): boolean =>
  line === THINKING_TEXT || /^(?:Your question is next|\d+ questions? (?:is|are) before yours|Other questions have large files, too; yours are next|.+; I (?:ask|try) (?:again|as soon) .+)\.$/u.test(line);
