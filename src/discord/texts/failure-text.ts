import { userMention } from 'discord.js';
import { Cancelled } from '../../conversation/cancelled.ts';
import { HIDDEN_FORWARD_TEXT, HIDDEN_REPLY_TEXT, WITHDRAWN_TEXT } from './answer-texts.ts';
import { reachedText } from './limit-texts.ts';
import { relative } from './relative-time.ts';
import type { Failure } from '../../conversation/failure.ts';
import { cleanLine } from '../../conversation/question.ts';
import type { Remark } from '../../conversation/ports.ts';
import type { AnsweredBy } from '../../conversation/reply.ts';
import type { ReplySource } from '../../conversation/reply.ts';

const instead = (successor: string | undefined): string =>
  successor === undefined ? '' : ` An admin can set \`BEDROCK_MODEL_ID\` to \`${successor}\`; where the model was chosen in \`/settings\`, a manager can choose it there.`;

/** Who did it, by a name that pings nobody. */
const doer = (cause: unknown): string => (cause instanceof Cancelled && cause.byId !== undefined ? userMention(cause.byId) : 'somebody');

/** One line that shows itself, and formats, links and mentions nothing. */
export const inCode = (line: string): string => `\`${line.replaceAll('`', "'")}\``;

/** More of them say nothing new. */
const MAX_NAMED_FILES = 3;

/** `$0.42`, `$0.003`. */
const dollarsText = (usd: number): string => `$${usd < 0.1 ? Number(usd.toPrecision(1)) : usd.toFixed(2)}`;

const unreadText = (skipped: Failure['skipped']): string => {
  const named = skipped.slice(0, MAX_NAMED_FILES).map(({ name, reason }) => `${inCode(name)}: ${reason}`);
  return named.length === 0 ? '' : `\n-# ${named.join('; ')}${skipped.length > MAX_NAMED_FILES ? '; …' : ''}.`;
};

/** What a person reads when a question failed: one sentence on what happened, and what to do. */
export const failureText = ({ kind, successor, retryAt, cause, skipped, costUsd, isOfQuestion }: Failure): string => {
  switch (kind) {
    case 'key-refused':
      return 'Amazon Bedrock refused my API key, so I could not ask the model. An admin has to check the key and its region.';
    case 'key-expired':
      return 'My Bedrock API key has expired, so I could not ask the model. An admin has to give me a new one.';
    case 'no-key':
      return 'I have no Bedrock API key yet, so I could not ask the model. Please try again in a minute; if it goes on, an admin can find the reason in my log.';
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
    case 'beyond-quota':
      return 'This question takes more tokens than Amazon Bedrock allows me in a minute. Please shorten it, or attach less; an admin can lower `BEDROCK_MAX_TOKENS`, or ask AWS for a larger quota.';
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
      return 'This question is too long for the model. Please shorten it, or attach less.';
    case 'empty-answer':
      return 'The model ended without saying anything. Please try again, or ask in other words.';
    case 'thought-too-long':
      return 'The model thought until its length limit was used up, and wrote nothing. Please ask for less at once; an admin can allow it more with `BEDROCK_MAX_TOKENS`.';
    case 'withheld':
      return "The model declined to answer this, or its content filter held the answer back. Please ask in other words.";
    case 'guardrail':
      return 'A guardrail stopped this answer.';
    case 'unchecked':
      return 'What is asked and answered here is checked first, and I could not have it checked right now. Please try again in a minute.';
    case 'checks-refused':
      return 'What is asked and answered here is to be checked first, and Amazon Bedrock does not let me. An admin has to fix that, or switch the checks off.';
    case 'files-unreadable':
      return `I could not read what was attached, and there was no text beside it. I read images, PDF, Word, Excel and text files.${unreadText(skipped)}`;
    case 'costs-much':
      return `${costUsd === undefined ? 'What is attached costs a lot' : `What is attached costs about ${dollarsText(costUsd)}`} with the model that answers here. Shall I answer all the same?`;
    case 'file-refused':
      return 'The model did not accept a file that belongs to this question. Please ask without it, or with another one.';
    case 'request-refused':
      return isOfQuestion
        ? 'Amazon Bedrock refused this question, also without what was said before it. Please ask in other words; an admin can find the reason in my log.'
        : 'Amazon Bedrock refused this request. An admin can find the reason in my log.';
    case 'settings-refused':
      return 'Amazon Bedrock does not answer me with the settings or the account that I have. An admin has to fix that; my log says what it is.';
    case 'store':
      return 'I cannot reach my memory right now, and without it I cannot take questions. Please try again in a minute.';
    case 'store-full':
      return 'My memory has no room left, so I could not keep this. Please try again later; an admin has to make room on my disk.';
    case 'undeliverable':
      return 'I could not write the answer here.';
    case 'stopped':
      return 'Stopped.';
    case 'withdrawn':
      return WITHDRAWN_TEXT;
    case 'reset':
      return `Stopped: ${doer(cause)} reset this conversation.`;
    case 'defect':
      return 'Something went wrong inside me, and an admin can find it in my log. Please try again.';
  }
};

const REMARKS: Readonly<Record<Exclude<Remark, object>, string>> = {
  'cut-off': 'The answer was cut off because it reached its length limit.',
  'context-full': 'The answer was cut off, because this conversation is as long as the model can bear. `/reset` starts it afresh.',
  filtered: "Part of the answer was held back by the model's content filter.",
  declined: 'The model declined to go on here.',
  masked: 'A guardrail masked parts of the answer.',
  malformed: 'The model broke off with something that could not be read, so this may not be the whole answer.',
  'wanted-tool': 'The model wanted to use a tool, which I do not have, so this may not be the whole answer.',
  'files-refused': 'The model did not take the files of earlier questions any more, so I answered without them. Attach again what you still need.',
  'turns-refused': 'The model, or a guardrail, refused something that was said earlier in this conversation, so I answered without it.',
  'pictures-left-out': 'I looked at the newest pictures only: all of this conversation are more than the model takes at once.',
  'reply-hidden': HIDDEN_REPLY_TEXT,
  'forward-hidden': HIDDEN_FORWARD_TEXT,
  outgrown: 'This conversation has become so long that I no longer know its beginning.',
  folded: 'This conversation has become so long that I keep only a short summary of its beginning.',
  'no-room-to-remember': 'I could not remember this question and its answer, because my memory has no room left. An admin has to make room on my disk.',
  'not-remembered': 'I could not remember this question and its answer. An admin can find the reason in my log.',
  'memory-unreadable': 'I could not read what I remembered of this conversation, so I started afresh. An admin can find the old record.',
};

/** More of them than anybody looks at. */
const MAX_SHOWN_SOURCES = 8;

/** An address in brackets can be followed, and shows no card. */
const sourceText = ({ title, url, place }: ReplySource): string =>
  [...(title === undefined ? [] : [inCode(cleanLine(title, MAX_TITLE_LENGTH))]), ...(place === undefined ? [] : [place]), ...(url === undefined ? [] : [`<${url}>`])].join(', ');

const sourcesText = (sources: readonly ReplySource[]): string => {
  const left = sources.length - MAX_SHOWN_SOURCES;
  return [`Sources: ${sources.slice(0, MAX_SHOWN_SOURCES).map(sourceText).join(' · ')}`, ...(left > 0 ? [`and ${left} more`] : [])].join(' · ');
};

const MAX_TITLE_LENGTH = 80;

/** @param cost in US dollars; small ones keep two digits that say something */
export const moneyText = (cost: number): string => `$${cost === 0 || cost >= 0.01 ? cost.toFixed(2) : cost.toPrecision(2)}`;

const counted = (tokens: number): string => tokens.toLocaleString('en-US');

const answeredByText = ({ modelName, usage, cost }: AnsweredBy): string => {
  const { inputTokens = 0, cacheReadInputTokens = 0, cacheWriteInputTokens = 0, outputTokens = 0 } = usage ?? {};
  const tokens = usage === undefined ? [] : [`${counted(inputTokens + cacheReadInputTokens + cacheWriteInputTokens)} tokens in, ${counted(outputTokens)} out`];
  return [cleanLine(modelName, MAX_TITLE_LENGTH), ...tokens, ...(cost === undefined ? [] : [moneyText(cost)])].join(' · ');
};

const sentenceOf = (remark: Remark): string => {
  if (typeof remark !== 'object') return REMARKS[remark];
  if ('modelName' in remark) return answeredByText(remark);
  if ('limits' in remark) return reachedText(remark.limits, remark.insteadBy === undefined ? undefined : cleanLine(remark.insteadBy, MAX_TITLE_LENGTH));
  if ('sources' in remark) return sourcesText(remark.sources);
  if ('stopReason' in remark) return `The model ended for a reason that I do not know (${inCode(remark.stopReason)}), so this may not be the whole answer.`;
  return `Without ${inCode(remark.name)}: ${remark.reason}.`;
};

/** Small print under an answer. @see https://support.discord.com/hc/en-us/articles/210298617 */
export const remarkText = (remark: Remark): string => `-# ${sentenceOf(remark)}`;
