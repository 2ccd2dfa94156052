import { askedBefore } from '../../conversation/asked-before.ts';
import { partsAsOne } from '../../conversation/live-question.ts';
import { hasVisibleText, originOf } from '../../conversation/question.ts';
import { siblingPlace } from '../../conversation/siblings.ts';
import { isAddressed } from '../intake/addressed.ts';
import { textOf } from '../intake/question-from-message.ts';
import { pendingOf } from './answer-controls.ts';
import { controlId, offerButtons } from './control-buttons.ts';
import { wasContinued } from './open-press.ts';
import type { Message, PartialMessage } from 'discord.js';
import type { Exchange } from '../../conversation/history.ts';
import type { Ledger } from '../../conversation/ledger.ts';
import type { HistoryStore } from '../../conversation/ports.ts';
import type { PendingQuestion, PendingQuestions, ShownAnswer, ShownAnswers } from '../../conversation/shown-answer.ts';
import type { ReadAskedMessage } from '../intake/asked-message.ts';
import type { DiscordApi } from '../rest/discord-api.ts';
import type { ReadBack } from '../gateway/read-back.ts';
import type { QuestionInProgress, QuestionsInProgress } from '../intake/questions-in-progress.ts';
import type { Bursts } from '../intake/bursts.ts';
import type { AnswerControls } from '../reply/answer-buttons.ts';

/** How long after it was asked an edited question is taken for a correction, in milliseconds. */
const CORRECTED_WITHIN_MS = 2 * 60 * 1000;

export interface QuestionEditedDependencies {
  readonly api: DiscordApi;
  readonly inProgress: QuestionsInProgress;
  readonly bursts: Pick<Bursts, 'edited'>;
  readonly controls: AnswerControls;
  readonly shownAnswers: ShownAnswers;
  readonly pendingQuestions: PendingQuestions;
  readonly histories: HistoryStore;
  readonly ledger: Pick<Ledger, 'find'>;
  readonly read: ReadAskedMessage;
  readonly readBack: Pick<ReadBack, 'message'>;
}

/** A question that was not asked yet is asked as it reads then; one that was, soon before, is offered to be answered anew. */
export type QuestionEdited = (message: Message | PartialMessage) => Promise<void>;

/** What Discord tells of as an update is an edit only when it says when: the preview of a link is none. */
const isEdit = (message: Message | PartialMessage): message is Message => message.editedTimestamp !== null && isPersons(message);

const isPersons = (message: Message | PartialMessage): message is Message =>
  message.author !== null &&
  message.author.id !== message.client.user.id &&
  message.content !== null;

const isCorrection = ({ editedTimestamp, createdTimestamp }: Message): boolean => (editedTimestamp ?? 0) - createdTimestamp <= CORRECTED_WITHIN_MS;

export const createQuestionEdited = ({
  api,
  inProgress,
  bursts,
  controls,
  shownAnswers,
  pendingQuestions,
  histories,
  ledger,
  read,
  readBack,
}: QuestionEditedDependencies): QuestionEdited => {
  /** What the next answer to a question would be about, and the answer that there is; undefined when there will be none. */
  const askedNext = async (answer: ShownAnswer): Promise<{ readonly next: PendingQuestion; readonly exchange: Exchange | undefined } | undefined> => {
    const { conversationId, questionId } = answer;
    const { history } = await histories.load(conversationId);
    if (wasContinued(answer, history)) return undefined;
    const exchange = history.exchanges.find(({ id }) => id === questionId);
    const pending = await pendingQuestions.find(conversationId, questionId);
    if (pending !== undefined) return { next: pending, exchange };
    if (exchange === undefined) return undefined;
    const { files, lostFiles, ...said } = askedBefore(exchange.turns[0]);
    return { next: { ...said, hasFiles: files.length + lostFiles.length > 0 }, exchange };
  };

  const offer = async ({ channelId, questionId, messageIds, isCutOff }: ShownAnswer, exchange: Exchange | undefined): Promise<void> => {
    const messageId = messageIds.at(-1);
    if (messageId === undefined) return;
    await api.editButtons(channelId, messageId, offerButtons(controlId(questionId), { isEdited: true, isCutOff, sibling: exchange && siblingPlace(exchange) }));
  };

  /** What was not asked yet is asked as it reads now, or not at all. What is asked anew by a button keeps its files. */
  const revise = (message: Message, { live, cancel }: QuestionInProgress): void => {
    const { current } = live;
    const { question: asked, refusal } = read(message);
    // It stays in its conversation.
    const { pointsAt: _pointsAt, ...question } = { ...asked, conversationId: current.conversationId, ...(current.continues === undefined ? {} : { continues: current.continues }), ...(current.continuesOr === undefined ? {} : { continuesOr: current.continuesOr }) };
    if (current.firstAskedAs !== undefined) {
      if (hasVisibleText(question.text)) live.revise({ ...current, text: question.text });
      return;
    }
    // What that answered was found when it was asked.
    const isSameAnswer = question.ownAnswer !== undefined && question.ownAnswer.messageId === current.ownAnswer?.messageId;
    const isStillAsked = isAddressed(message) || current.isOverheard === true;
    if (refusal !== undefined || !isStillAsked) cancel('question withdrawn');
    else live.revise({ ...(current.isOverheard === true ? { isOverheard: true } : {}), ...(current.repliedTo === undefined ? {} : { repliedTo: current.repliedTo }), ...(current.ownAnswer === undefined ? {} : { ownAnswer: current.ownAnswer }), ...question, ...(isSameAnswer && current.ownAnswer !== undefined ? { ownAnswer: current.ownAnswer } : {}) });
  };

  /** All that was said of it, as it reads now. */
  const textNow = async (message: Message, questionId: string, { parts = [], isFirstGone }: Pick<ShownAnswer, 'parts' | 'isFirstGone'>): Promise<string> => {
    if (parts.length === 0) return textOf(message);
    const texts: string[] = [];
    for (const id of isFirstGone === true ? parts : [questionId, ...parts]) texts.push(textOf(id === message.id ? message : await (await readBack.message(message.channelId, id)).glimpse()));
    return partsAsOne(texts);
  };

  /** What a message was a part of has its answer under the id of its first. */
  const findAnswer = async (messageId: string): Promise<ShownAnswer | undefined> => {
    const answer = await shownAnswers.find(controlId(messageId));
    if (answer !== undefined) return answer;
    const whole = (await ledger.find(messageId))?.partOf;
    return whole === undefined ? undefined : shownAnswers.find(controlId(whole));
  };

  /** Whether it is still asked as it reads now; of several messages, until its answer begins. What another process had put together is not taken apart. */
  const canRevise = ({ question, live }: QuestionInProgress, { id }: Message): boolean => {
    if (originOf(question) !== id) return false;
    return live.more.length === 0 ? !live.isSettled && question.parts === undefined : live.isOpen;
  };

  /** The cards below its links, which Discord adds a moment after it was said. */
  const seeCards = (message: Message): void => {
    const writing = inProgress.all().find(({ question }) => originOf(question) === message.id);
    if (writing !== undefined && canRevise(writing, message) && !writing.live.isSettled) revise(message, writing);
  };

  return async (message) => {
    if (message.editedTimestamp === null && isPersons(message) && message.embeds.length > 0) return seeCards(message);
    if (!isEdit(message) || (await bursts.edited(message))) return;
    const writing = inProgress.all().find(({ question }) => originOf(question) === message.id || question.parts?.includes(message.id) === true);
    if (writing !== undefined && canRevise(writing, message)) {
      const { live, signal } = writing;
      const { isSettled } = live;
      revise(message, writing);
      if (isSettled && !signal.aborted) live.again();
      return;
    }
    // Without a mention of us Discord shows us no text.
    if (!isCorrection(message) || !hasVisibleText(textOf(message))) return;
    const answer = writing === undefined ? await findAnswer(message.id) : undefined;
    if (writing !== undefined) {
      const { question } = writing;
      const questionId = originOf(question);
      const text = await textNow(message, questionId, question);
      if (question.text === text) return;
      controls.noteEdit(questionId);
      await pendingQuestions.save(question.conversationId, questionId, { ...pendingOf(question), text });
    } else if (answer !== undefined) {
      const { questionId, conversationId } = answer;
      const found = await askedNext(answer);
      if (found === undefined) return;
      const text = await textNow(message, questionId, answer);
      if (found.next.text === text) return;
      await pendingQuestions.save(conversationId, questionId, { ...found.next, text });
      await offer(answer, found.exchange);
    }
  };
};
