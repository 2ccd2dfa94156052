import type { Failure } from '../conversation/failure.ts';
import type { Remark } from '../conversation/ports.ts';

const instead = (successor: string | undefined): string =>
  successor === undefined ? '' : ` An admin can set \`BEDROCK_MODEL_ID\` to \`${successor}\`.`;

/** A moment as Discord shows it: "in 2 minutes", in the reader's language. @see https://discord.com/developers/docs/reference#message-formatting */
const relative = (at: number): string => `<t:${Math.ceil(at / 1000)}:R>`;

/** What a person reads when a question failed: one sentence on what happened, and what to do. */
export const failureText = ({ kind, successor, retryAt }: Failure): string => {
  switch (kind) {
    case 'key-refused':
      return 'Amazon Bedrock refused my API key, so I could not ask the model. An admin has to check the key and its region.';
    case 'key-expired':
      return 'My Bedrock API key has expired, so I could not ask the model. An admin has to give me a new one.';
    case 'model-access':
      return 'My Bedrock API key may not use the model I am set to. An admin has to give it access to the model.';
    case 'model-unknown':
      return `Amazon Bedrock does not know the model I am set to, at least not in my region.${instead(successor)}`;
    case 'model-retired':
      return `The model I am set to has been retired by Amazon Bedrock.${instead(successor)}`;
    case 'model-needs-profile':
      return `The model I am set to can only be used through an inference profile.${instead(successor)}`;
    case 'throttled':
      return 'Amazon Bedrock is taking no more questions from me right now. Please try again in a minute.';
    case 'daily-quota':
      return `Today's quota at Amazon Bedrock is used up. Please try again tomorrow (UTC)${retryAt === undefined ? '' : `, ${relative(retryAt)}`}.`;
    case 'overloaded':
      return 'Amazon Bedrock is too busy to answer right now. Please try again in a minute.';
    case 'line-full':
      return `Too many questions are waiting for an answer already. Please try again ${retryAt === undefined ? 'in a minute' : relative(retryAt)}.`;
    case 'service-error':
      return 'Amazon Bedrock had a problem while answering. Please try again.';
    case 'network':
      return 'I could not reach Amazon Bedrock. Please try again in a minute; if it goes on, an admin should check my network.';
    case 'timed-out':
      return 'The model took too long to answer, so I stopped waiting. Please try again, perhaps with a shorter question.';
    case 'model-timed-out':
      return 'The model took too long to answer and gave up. Please try again, perhaps with a shorter question.';
    case 'model-error':
      return 'The model had a problem while answering. Please try again.';
    case 'stream-broken':
      return 'The connection to the model broke before the answer was complete. Please try again.';
    case 'too-long':
      return 'This is too long for the model. Please shorten the question, or use `/reset` to start afresh.';
    case 'empty-answer':
      return 'The model ended without saying anything. Please try again, or ask in other words.';
    case 'guardrail':
      return 'A guardrail stopped this answer.';
    case 'files-unreadable':
      return 'I could not read what was attached, and there was no text beside it. I read images, PDF, Word, Excel and text files.';
    case 'file-refused':
      return 'The model did not accept a file that belongs to this question. Please ask without it, or with another one.';
    case 'request-refused':
      return 'Amazon Bedrock did not accept this request. Please ask in other words; an admin finds the reason in my log.';
    case 'store':
      return 'I cannot reach my memory right now and do not want to answer without it. Please try again in a minute.';
    case 'undeliverable':
      return 'I could not write the answer here.';
    case 'stopped':
      return 'Stopped.';
    case 'defect':
      return 'Something went wrong inside me, and an admin finds it in my log. Please try again.';
  }
};

const REMARKS: Readonly<Record<Exclude<Remark, object>, string>> = {
  'cut-off': 'The answer was cut off at its greatest length.',
  filtered: "Part of the answer was held back by the model's content filter.",
  'files-refused': 'The model did not take the files of earlier questions any more, so I answered without them. Attach again what you still need.',
  'memory-unreadable': 'I could not read what I remembered of this conversation, so I started afresh. An admin can find the old record.',
};

/** One line that shows itself, and formats, links and mentions nothing. */
export const inCode = (line: string): string => `\`${line.replaceAll('`', "'")}\``;

/** Small print under an answer. @see https://support.discord.com/hc/en-us/articles/210298617 */
export const remarkText = (remark: Remark): string =>
  `-# ${typeof remark === 'object' ? `Without ${inCode(remark.name)}: ${remark.reason}.` : REMARKS[remark]}`;
