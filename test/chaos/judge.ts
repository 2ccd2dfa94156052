import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { MessageType } from 'discord-api-types/v10';
import { Failure } from '../../src/conversation/failure.ts';
import { failureText } from '../../src/discord/texts/failure-text.ts';
import { isGathered, isNamedIn } from '../../src/discord/texts/gathered-text.ts';
import { controlId } from '../../src/discord/controls/control-buttons.ts';
import { nonceOf } from '../../src/discord/rest/discord-api.ts';
import * as texts from '../../src/discord/texts/answer-texts.ts';
import { leadOf, marksIn, questionMark } from './marks.ts';
import type { Mark } from './marks.ts';
import type { FailureKind } from '../../src/conversation/failure.ts';
import type { SimulatedChannel, SimulatedMessage } from '../simulators/discord.ts';
import type { AskedQuestion } from './people.ts';

/** All kinds of failure there are, read off their type. */
const KINDS = [...readFileSync(join(import.meta.dirname, '../../src/conversation/failure.ts'), 'utf8').matchAll(/^ {2}\| '([\w-]+)'/gmu)].map(
  ([, kind]) => kind as FailureKind,
);

/** Small print that says something of an answer, and takes nothing from it. */
const BESIDE_AN_ANSWER: ReadonlySet<unknown> = new Set([texts.NO_FILES_TEXT, texts.SUPERSEDED_TEXT]);

const NOTICES: readonly string[] = [
  ...[false, true].flatMap((isOfQuestion) => KINDS.map((kind) => failureText(new Failure(kind, '', { isOfQuestion })))),
  ...Object.values(texts).filter((text) => typeof text === 'string').filter((text) => !BESIDE_AN_ANSWER.has(text)),
  texts.interruptedText(undefined, false),
  texts.interruptedText(undefined, true),
  texts.unreadableText(undefined),
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
  | 'two'
  /** Whatever could have led to it was in a record that was written over. */
  | 'lost with its only record';

/** A button that stops an answer is for answers that grow. */
const hasLiveStop = ({ components }: SimulatedMessage): boolean => /"custom_id":"stop/u.test(JSON.stringify(components));

/** Still being made, for ever. */
export const isDraft = (message: SimulatedMessage): boolean => message.thinking || hasLiveStop(message);

/**
 * All that the bot has to say to a question: what refers to it, what carries its mark or its buttons, and what comes right
 * behind that and belongs to nothing else, as the small print that no longer fits.
 */
export const saidTo = (question: AskedQuestion): SimulatedMessage[] => [...saidIn(question), ...saidElsewhere(question)];

/** Where Discord lets nobody write there, the answer comes as a direct message. */
const saidElsewhere = ({ asker, place, planned }: AskedQuestion): SimulatedMessage[] => {
  const messages = place === asker.dm ? [] : asker.dm.fromBot;
  const isOwn = ({ content }: SimulatedMessage): boolean => content.includes(`{Q${planned.index}:`);
  const firsts = new Set(messages.filter(isOwn).map(({ id }) => id));
  return messages.filter((message) => isOwn(message) || firsts.has(message.referenceId ?? ''));
};

/** A minute, in the ids of Discord. @see https://discord.com/developers/docs/reference#snowflakes */
const A_MINUTE = 60_000n << 22n;

/** Of a message to the asker: that there was no place for an answer where they asked. Several questions of a minute are told so once. */
const tellsOfPlace = ({ id, asker, place }: AskedQuestion): boolean =>
  place !== asker.dm && asker.dm.fromBot.some((message) => BigInt(message.id) + A_MINUTE > BigInt(id) && message.content.includes(`<#${place.id}>`));

const saidIn = (question: AskedQuestion): SimulatedMessage[] => [...saidAt(question, question.place), ...saidAt(question, question.thread())];

/** What Discord says in our name where a thread begins. */
const OF_DISCORD = new Set([MessageType.ThreadCreated, MessageType.ThreadStarterMessage]);

const saidAt = ({ id, asker, planned }: AskedQuestion, place: SimulatedChannel | undefined): SimulatedMessage[] => {
  let isBehind = false;
  return (place?.fromBot ?? []).filter(({ type }) => !OF_DISCORD.has(type)).filter(({ referenceId, interactionId, content, components, nonce }) => {
    const isMarked = [`{Q${planned.index}:`, questionMark(planned.index)].some((mark) => content.includes(mark)) || content.startsWith(leadOf(planned.index));
    const buttons = JSON.stringify(components);
    // Which of a member's questions it is of, people see by where it stands.
    const isToAsker = content.startsWith(`<@${asker.id}>\n`) && [false, true].some((isAnew) => nonce === nonceOf(id, 0, isAnew));
    const isOwn = isToAsker || isNamedIn(content, asker.id, id) || referenceId === id || interactionId === id || isMarked || buttons.includes(`:${controlId(id)}"`) || buttons.includes(`:${id}"`);
    // What names a channel tells of a question that was asked there.
    const isTied = referenceId !== undefined || interactionId !== undefined || components.length > 0 || content.startsWith('<@') || isGathered(content) || /\{Q|\{ask |^\(\d+\)|<#\d+>/u.test(content);
    isBehind = isOwn || (isBehind && !isTied);
    return isBehind;
  });
};

const isInOrder = (marks: readonly Mark[]): boolean => marks.every(({ sentence }, position) => sentence === position + 1);

/** The sentences that a question has as its answer; undefined where one of them is lost, doubled or out of place. */
const sentencesOf = (messages: readonly SimulatedMessage[], index: number): readonly Mark[] | undefined => {
  const ofQuestion = (texts: readonly string[]): readonly Mark[] => texts.flatMap(marksIn).filter((mark) => mark.index === index);
  const shown = ofQuestion(messages.map(({ content }) => content));
  // An answer that its messages only begin has the whole of it in a file.
  const files = messages.flatMap(({ attachments }) => attachments);
  const inFiles = ofQuestion(files.map((file) => file.text()));
  const isBeginning = files.length === 0 || shown.length <= inFiles.length;
  if (!isInOrder(shown) || !isInOrder(inFiles) || !isBeginning) return undefined;
  return files.length === 0 ? shown : inFiles;
};

export const judge = (question: AskedQuestion): Outcome => {
  const [there, elsewhere] = [saidIn(question), saidElsewhere(question)];
  if (elsewhere.length === 0) return judgeSaid(question, there);
  // What stands in its place is a beginning, and says so.
  if (there.some(isDraft)) return 'draft';
  const begun = sentencesOf(there, question.planned.index);
  return begun === undefined || begun.length === question.planned.sentences ? 'two' : judgeSaid(question, elsewhere);
};

const judgeSaid = (question: AskedQuestion, messages: readonly SimulatedMessage[]): Outcome => {
  if (messages.length === 0) {
    if (question.interaction?.failed === true) return 'not accepted';
    return tellsOfPlace(question) ? 'refused' : 'nothing';
  }
  const marks = sentencesOf(messages, question.planned.index);
  const notices = messages.filter(tellsWhy).length;
  const isWhole = marks?.length === question.planned.sentences;
  // What may not have ended as it should has a remark below it.
  const remarks = question.planned.oddity === 'odd stop reason' ? 1 : 0;
  if (marks === undefined || notices > 1 || (isWhole && notices > remarks)) return 'two';
  if (messages.some(isDraft)) return 'draft';
  if (isWhole) return 'answered';
  if (notices === 0) return 'draft';
  return marks.length === 0 ? 'refused' : 'broken off';
};
