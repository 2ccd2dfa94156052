import { Failure } from '../../src/conversation/failure.ts';
import { failureText } from '../../src/discord/failure-text.ts';
import * as texts from '../../src/discord/texts.ts';
import { marksIn } from './marks.ts';
import type { FailureKind } from '../../src/conversation/failure.ts';
import type { SimulatedMessage } from '../simulators/discord.ts';
import type { AskedQuestion } from './people.ts';

/** Said by the type checker to be all of them. */
const KINDS: Readonly<Record<FailureKind, true>> = {
  'key-refused': true,
  'key-expired': true,
  'model-access': true,
  'model-unknown': true,
  'model-retired': true,
  'model-needs-profile': true,
  throttled: true,
  'daily-quota': true,
  overloaded: true,
  'service-error': true,
  network: true,
  'timed-out': true,
  'stream-broken': true,
  'too-long': true,
  'empty-answer': true,
  guardrail: true,
  'files-unreadable': true,
  'request-refused': true,
  store: true,
  undeliverable: true,
  'line-full': true,
  stopped: true,
  defect: true,
};

const NOTICES: readonly string[] = [
  ...(Object.keys(KINDS) as FailureKind[]).map((kind) => failureText(new Failure(kind, ''))),
  ...Object.values(texts).filter((text) => typeof text === 'string'),
];

/** Whether a message tells why there is no answer, or why it ends here. */
const tellsWhy = ({ content }: SimulatedMessage): boolean => NOTICES.some((notice) => content.includes(notice));

/** What a person has of a question in the end. */
export type Outcome =
  | 'answered'
  /** An honest sentence instead of an answer. */
  | 'refused'
  /** A part of the answer, and an honest sentence below it. */
  | 'broken off'
  /** Discord told the member that the application did not respond, and nothing else came. */
  | 'not accepted'
  | 'nothing'
  | 'draft'
  | 'two';

/** A button that stops an answer is for answers that grow. */
const hasLiveStop = ({ components }: SimulatedMessage): boolean => /"custom_id":"stop/u.test(JSON.stringify(components));

/** Still being made, for ever. */
export const isDraft = (message: SimulatedMessage): boolean => message.thinking || hasLiveStop(message);

/** All that the bot has to say to a question: what refers to it, and what carries its mark. */
export const saidTo = ({ id, planned, place }: AskedQuestion): SimulatedMessage[] =>
  place.fromBot.filter(
    ({ referenceId, interactionId, content }) =>
      referenceId === id || interactionId === id || content.includes(`{Q${planned.index}:`),
  );

export const judge = (question: AskedQuestion): Outcome => {
  const messages = saidTo(question);
  if (messages.length === 0) return question.interaction?.failed === true ? 'not accepted' : 'nothing';
  const marks = messages.flatMap(({ content }) => marksIn(content)).filter(({ index }) => index === question.planned.index);
  const notices = messages.filter(tellsWhy).length;
  const isInOrder = marks.every(({ sentence }, position) => sentence === position + 1);
  const isWhole = isInOrder && marks.length === question.planned.sentences;
  if (!isInOrder || notices > 1 || (isWhole && notices > 0)) return 'two';
  if (messages.some(isDraft)) return 'draft';
  if (isWhole) return 'answered';
  if (notices === 0) return 'draft';
  return marks.length === 0 ? 'refused' : 'broken off';
};
