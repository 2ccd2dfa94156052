import { DiscordAPIError, MessageType } from 'discord.js';
import { withoutFirst } from '../../conversation/live-question.ts';
import { isAddressed } from '../intake/addressed.ts';
import { areAsked, joinMessages } from '../intake/bursts.ts';
import { WITHDRAWN_TEXT } from '../texts/answer-texts.ts';
import { LOST_IN_RESTART } from '../texts/file-texts.ts';
import { isGathered, isNamedIn } from '../texts/gathered-text.ts';
import { controlId } from '../controls/control-buttons.ts';
import { readingAgain } from '../files/incoming-file.ts';
import { createChannelTarget, namesFirst } from '../reply/channel-target.ts';
import { NoDelivery, isForLater, isTokenDead, judgeDeliveryError } from '../rest/delivery-error.ts';
import { nonceOf } from '../rest/discord-api.ts';
import { patiently, persist } from '../rest/persist.ts';
import { createInteractionTarget } from '../reply/interaction-target.ts';
import { isMessageGone, isTokenBoundAt } from './deleted-meanwhile.ts';
import type { APIMessage, Client, Message } from 'discord.js';
import type { LedgerRow, Place } from '../../conversation/ledger.ts';
import type { Question } from '../../conversation/question.ts';
import type { Overhearing } from '../intake/overheard.ts';
import type { AskedMessage, ReadAskedMessage } from '../intake/asked-message.ts';
import type { Bursts } from '../intake/bursts.ts';
import type { RightBefore } from '../intake/right-before.ts';
import type { FindConversation } from '../intake/find-conversation.ts';
import type { DiscordApi } from '../rest/discord-api.ts';
import type { LostMessages } from '../rest/lost-messages.ts';
import type { FileReader } from '../files/file-reader.ts';
import type { ReadBack, ReadMessage } from '../gateway/read-back.ts';
import type { QuestionThreads } from '../intake/threads.ts';
import type { ReplyTarget } from '../reply/reply-target.ts';
import type { Traces } from './deleted-meanwhile.ts';

/** What is left of a question whose process is gone. */
export interface FoundQuestion extends Traces {
  /** Absent when it cannot be answered: it cannot be read any more, or its answer could not be shown where it belongs. */
  readonly question: Question | undefined;
  /** What is wrong with it, where it asks nothing. */
  readonly refusal?: string | undefined;
  /** Where to say something; undefined where that is not possible any more. */
  readonly target: ReplyTarget | undefined;
  /** The messages that the gone process left, oldest first. */
  readonly drafts: readonly string[];
  /** It was said already, of several questions at once, that it was not accepted. */
  readonly isRefused?: boolean;
  /** Its response was taken back just now, whatever it showed. */
  readonly isTakenBack?: boolean;
  /** It may not be read any more, now or later. */
  readonly isUnreadable?: boolean;
  /** Its answer goes somewhere else than its row says. */
  readonly moved?: { readonly place: Place; readonly conversationId: string };
}

/**
 * Rejects with discord.js's own errors.
 * @param isAnswered its answer is there: a response that Discord does not show is the answer, and stays
 */
export type FindQuestion = (row: LedgerRow, isAnswered?: boolean) => Promise<FoundQuestion>;

export interface FindQuestionDependencies {
  readonly client: Client;
  readonly api: DiscordApi;
  readonly lostMessages: Pick<LostMessages, 'leftBehind'>;
  readonly readBack: ReadBack;
  readonly readAskedMessage: ReadAskedMessage;
  readonly readFiles: FileReader;
  readonly isAskedUnaddressed: Overhearing['isAsked'];
  readonly rightBefore: Pick<RightBefore, 'since'>;
  readonly bursts: Pick<Bursts, 'behind'>;
  readonly conversations: FindConversation;
  readonly threads: Pick<QuestionThreads, 'place' | 'placeAt' | 'begin'>;
}

const LOST_FILES = { files: [], skipped: [{ name: 'file', reason: LOST_IN_RESTART }] };

/** As many messages as an answer can have. */
const MOST_PARTS = 20;

/** Those that the messages of its answer were made under, if any. */
export const noncesOf = (questionId: string): readonly string[] =>
  Array.from({ length: MOST_PARTS }, (_, part) => [nonceOf(questionId, part, false), nonceOf(questionId, part, true)]).flat();

const oldestFirst = (ids: readonly string[]): string[] =>
  [...new Set(ids)].filter((id) => /^\d+$/u.test(id)).toSorted((one, other) => (BigInt(one) < BigInt(other) ? -1 : 1));

/** The place of an answer in a thread, and what is left of it there. */
interface InThread {
  readonly target: ReplyTarget;
  readonly left: readonly string[];
  readonly conversationId: string;
}

/** Where its row says something else. */
const movedTo = (row: LedgerRow, place: Place, conversationId: string): Pick<FoundQuestion, 'moved'> =>
  row.place.channelId === place.channelId && row.conversationId === conversationId ? {} : { moved: { place, conversationId } };

/** Messages that somebody writes; all others are Discord's own, as the beginning of a thread is, which points at what it began with. */
const WRITTEN: ReadonlySet<MessageType> = new Set([MessageType.Default, MessageType.Reply, MessageType.ChatInputCommand, MessageType.ContextMenuCommand]);

/** Whether a message of ours belongs to the question: it replies to it, is the response to it, or its buttons carry its id. */
const belongsTo = ({ type, content, message_reference, interaction_metadata, components = [] }: APIMessage, questionId: string): boolean =>
  WRITTEN.has(type) &&
  (interaction_metadata?.id === questionId ||
    (message_reference?.message_id === questionId && !isGathered(content)) || JSON.stringify(components).includes(`:${controlId(questionId)}"`));

/** Of messages. @see https://discord.com/developers/docs/resources/message#get-channel-messages */
const PAGE = 100;
const PAGES_BEHIND = 3;

/** Of a question, further messages of its asker behind it. */
const MOST_LOOKED_AT = 20;

/** So often a response that Discord does not show for an unknown reason is looked for. */
const LAST_STRANGE_ATTEMPT = 3;

/** Whether Discord may tell it later. What is no message, or nothing that discord.js can read, is hardly one the next time. */
const mayPass = (error: unknown, { attempts }: LedgerRow): boolean =>
  isForLater(error) && (attempts < LAST_STRANGE_ATTEMPT || !(error instanceof NoDelivery || error instanceof TypeError || error instanceof SyntaxError));

/** Milliseconds between the looks at one response: whoever asked has waited for long already, and the next look of all is far away. */
const LOOK_AGAIN_MS: readonly number[] = [1_000, 2_000, 3_000];

/** How long a response is taken back while Discord refuses that, in milliseconds. */
const TAKE_BACK_MS = 2_000;

export const createFindQuestion = ({ client, api, lostMessages, readBack, readAskedMessage, readFiles, isAskedUnaddressed, rightBefore, bursts, conversations, threads }: FindQuestionDependencies): FindQuestion => {
  /** A page from the question on, and from what belongs to it before. Where we may not read, or Discord refuses that for another reason, there is nothing to find. */
  const pageFrom = async ({ questionId, place }: LedgerRow, channelId = place.channelId): Promise<readonly ReadMessage[]> => {
    try {
      return await readBack.page(channelId, rightBefore.since(questionId));
    } catch (error) {
      if (isForLater(error)) throw error;
      return [];
    }
  };

  const isOurs = ({ raw }: ReadMessage): boolean => raw.author.id === client.user?.id;

  /** Whether a message names it among those that were not accepted. Whoever asked that much may have done so behind more than a page. */
  const wasRefused = async ({ questionId, askerId, place }: LedgerRow, page: readonly ReadMessage[]): Promise<boolean> => {
    const names = (messages: readonly ReadMessage[]): boolean => messages.some((one) => isOurs(one) && isNamedIn(one.raw.content, askerId, questionId));
    if (names(page)) return true;
    const last = page.at(-1)?.raw.id;
    if (page.length < PAGE || last === undefined) return false;
    let pages = 0;
    for await (const next of readBack.pages(place.channelId, last)) {
      if (names(next)) return true;
      pages += 1;
      if (pages === PAGES_BEHIND) break;
    }
    return false;
  };

  /**
   * Our messages that belong to the question. What Discord shows nothing of, the process that made it may have been killed before
   * it knew of it, or before that was noted: then an event that it did not hear tells of it.
   */
  const leftIn = async (channelId: string, page: readonly ReadMessage[], { questionId }: LedgerRow): Promise<readonly string[]> =>
    page.length > 0 ? ownOf(page, questionId) : lostMessages.leftBehind(channelId, noncesOf(questionId));

  /** Our messages in it that belong to the question, noted or not: one that Discord never answered for is noted nowhere. */
  const ownOf = (page: readonly ReadMessage[], questionId: string): readonly string[] =>
    page.filter((one) => isOurs(one) && belongsTo(one.raw, questionId)).map(({ raw }) => raw.id);

  /** Whether we have begun a thread at it, or were about to. */
  const hasThread = ({ raw }: ReadMessage): boolean => raw.thread !== undefined && (raw.thread as { owner_id?: string }).owner_id === client.user?.id;

  /** The same in a thread that is the question's own. What replies to nothing there is part of its answer, up to the first answer to another one. */
  const leftInThread = async (threadId: string, row: LedgerRow): Promise<readonly string[]> => {
    const { questionId } = row;
    const page = await pageFrom(row, threadId);
    if (page.length === 0) return lostMessages.leftBehind(threadId, noncesOf(questionId));
    const ours = page.filter((one) => isOurs(one) && WRITTEN.has(one.raw.type));
    const isToAnother = ({ raw: { message_reference: reference, interaction_metadata: command } }: ReadMessage): boolean =>
      (reference !== undefined && reference.message_id !== questionId) || (command !== undefined && command.id !== questionId);
    const end = ours.findIndex(isToAnother);
    const first = end === -1 ? ours : ours.slice(0, end);
    return ours.filter((one) => belongsTo(one.raw, questionId) || (first.includes(one) && one.raw.type === MessageType.Default)).map(({ raw }) => raw.id);
  };

  const inThread = async (row: LedgerRow, parentId: string): Promise<InThread> => {
    const { questionId, askerId, conversationId } = row;
    const target = createChannelTarget(api, { channelId: questionId, questionId, replyTo: questionId, askedIn: parentId, askerId });
    return { target, left: await leftInThread(questionId, row), conversationId: row.place.askedIn === undefined ? questionId : conversationId };
  };

  /** What its asker said of it in further messages. @param canGrow nothing was said to it yet */
  const moreOf = ({ questionId: id, askerId }: LedgerRow, message: Message | undefined, page: readonly ReadMessage[], canGrow: boolean): Promise<readonly Question[]> => {
    const later = page.filter(({ raw }) => raw.author.id === askerId && BigInt(raw.id) > BigInt(id)).slice(0, MOST_LOOKED_AT);
    return bursts.behind({ id, message }, later.map(({ raw, open }) => ({ id: raw.id, open, isBeforeAnswer: canGrow })));
  };

  /** Where its first message was taken back: what is left of it, if that is still asked. */
  const withoutItsFirst = async (row: LedgerRow, page: readonly ReadMessage[]): Promise<Question | undefined> => {
    const more = await moreOf(row, undefined, page, false);
    return areAsked(more, false) ? withoutFirst({ id: row.questionId, conversationId: row.place.askedIn ?? row.place.channelId }, more, joinMessages(readFiles)) : undefined;
  };

  /** What it asks now, with all that was said of it. @throws discord.js's own error where it cannot be read */
  const readNow = async (row: LedgerRow, known: ReadMessage | undefined, page: readonly ReadMessage[], canGrow: boolean): Promise<Pick<AskedMessage, 'question' | 'refusal'>> => {
    let message: Message;
    try {
      message = await (known ?? (await readBack.message(row.place.askedIn ?? row.place.channelId, row.questionId))).open();
    } catch (error) {
      const question = isMessageGone(error) ? await withoutItsFirst(row, page) : undefined;
      if (question === undefined) throw error;
      return { question, refusal: undefined };
    }
    const first = readAskedMessage(message);
    const more = await moreOf(row, message, page, canGrow);
    const question = more.length === 0 ? first.question : joinMessages(readFiles)(first.question, [first.question, ...more]);
    // What was overheard never was addressed to us.
    const isStillAsked = isAddressed(message) || message.editedTimestamp === null || (await isAskedUnaddressed(message));
    if (!isStillAsked) return { question, refusal: WITHDRAWN_TEXT };
    return { question, refusal: more.length === 0 ? first.refusal : undefined };
  };

  const findMessage = async (row: LedgerRow, isAnswered: boolean): Promise<FoundQuestion> => {
    const { questionId, place, messageIds } = row;
    const parentId = place.askedIn ?? place.channelId;
    // The question itself and what came after it, in one page: an answer's message whose id was not noted is among it.
    const page = await pageFrom(row, parentId);
    const left = await leftIn(parentId, page, row);
    const known = page.find(({ raw }) => raw.id === questionId);
    const drafts = oldestFirst([...messageIds, ...left]);
    const named = page.filter(({ raw }) => drafts.includes(raw.id) && raw.message_reference === undefined && namesFirst(raw.content, row.askerId)).map(({ raw }) => raw.id);
    const plain = createChannelTarget(api, { channelId: parentId, questionId, replyTo: questionId, askerId: row.askerId, named });
    const isInThread = place.askedIn !== undefined || (left.length === 0 && known !== undefined && hasThread(known));
    const thread = isInThread ? await inThread(row, parentId) : undefined;
    const target = thread?.target ?? plain;
    const allDrafts = thread === undefined ? drafts : oldestFirst([...drafts, ...thread.left]);
    const areDraftsThere = left.length > 0 || (thread !== undefined && thread.left.length > 0);
    if (allDrafts.length === 0 && (await wasRefused(row, page))) return { question: undefined, target: plain, drafts, isRefused: true };
    try {
      const read = await readNow(row, known, page, !isAnswered && allDrafts.length === 0 && row.refusal === undefined);
      if (thread === undefined) return { ...read, question: await conversations.again(read.question, row.conversationId), target, drafts, areDraftsThere };
      const { question: asked } = await threads.place(read.question);
      const isThere = isAnswered || thread.left.length > 0 || (left.length === 0 && row.refusal === undefined && (await threads.begin(asked, target.place)));
      if (isThere) return { ...read, question: await conversations.again(asked, thread.conversationId), target, drafts: allDrafts, areDraftsThere, ...movedTo(row, target.place, thread.conversationId) };
      const question = await conversations.of(read.question);
      return { ...read, question, target: plain, drafts, ...movedTo(row, plain.place, question.conversationId) };
    } catch (error) {
      if (mayPass(error, row)) throw error;
      return { question: undefined, target, drafts: allDrafts, areDraftsThere, isDeleted: isMessageGone(error), isUnreadable: judgeDeliveryError(error) === 'no-access' };
    }
  };

  const keptFiles = ({ question, hadFiles }: LedgerRow): Pick<Question, 'readFiles' | 'filesAt'> => {
    if (question?.filesAt !== undefined) return readingAgain(question.filesAt, readFiles);
    return hadFiles ? { readFiles: () => Promise.resolve(LOST_FILES) } : {};
  };

  const kept = (row: LedgerRow): Question | undefined => row.question && { ...row.question, ...keptFiles(row) };

  /** In the thread that was begun at the response to a command, where its row does not say so yet: nobody is left alone in there. */
  const findAtResponse = async (row: LedgerRow, page: readonly ReadMessage[]): Promise<FoundQuestion | undefined> => {
    const { questionId, place } = row;
    const asked = kept(row);
    const response = page.find((one) => isOurs(one) && one.raw.interaction_metadata?.id === questionId && hasThread(one));
    if (asked === undefined || response === undefined) return undefined;
    const { question, target } = threads.placeAt({ ...asked, conversationId: place.channelId }, response.raw.id);
    const found = await conversations.of(question);
    const drafts = await leftInThread(response.raw.id, row);
    return { question: found, target, drafts: oldestFirst(drafts), areDraftsThere: drafts.length > 0, moved: { place: target.place, conversationId: found.conversationId }, besides: response.raw.id };
  };

  const findInteraction = async (row: LedgerRow, isAnswered: boolean): Promise<FoundQuestion> => {
    const { questionId, place } = row;
    const { interaction, channelId, isPrivate, canSendMessages, preface, before } = place;
    // That something was asked in private is not said where everybody reads it.
    const inChannel = canSendMessages && !isPrivate ? { ...createChannelTarget(api, { channelId, questionId, replyTo: place.replyTo, askedIn: place.askedIn, askerId: row.askerId }), preface } : undefined;
    if (interaction === undefined) {
      const left = place.askedIn === undefined || inChannel === undefined ? [] : await leftInThread(channelId, row);
      return { question: kept(row), target: inChannel, drafts: left.length === 0 ? row.messageIds : oldestFirst([...row.messageIds, ...left]), areDraftsThere: left.length > 0 };
    }
    const page = inChannel === undefined ? [] : await pageFrom(row);
    const inThread = isAnswered || inChannel === undefined ? undefined : await findAtResponse(row, page);
    if (inThread !== undefined) return inThread;
    const left = inChannel === undefined ? [] : await leftIn(channelId, page, row);
    // What was said by a token stays the bot's own message, which it may end where it may say nothing else.
    const atDraft = row.messageIds.length === 0 || isTokenBoundAt(row) ? undefined : createChannelTarget(api, { channelId, questionId, replyTo: undefined, askerId: row.askerId });
    const late = (): FoundQuestion => ({ question: undefined, target: inChannel ?? atDraft, drafts: isPrivate ? [] : oldestFirst([...row.messageIds, ...left]), areDraftsThere: left.length > 0 });
    const atResponse = (others: readonly string[]): ReplyTarget => {
      const ownMessages = canSendMessages && !isPrivate ? others : [];
      return createInteractionTarget(api, { interaction, channelId, isPrivate, canSendMessages, inChannel: ownMessages, preface, before });
    };
    // Whether it still works, Discord knows: our clock may be wrong, and then something would be said beside the response.
    if (interaction.token === '') return late();
    try {
      const { messageId } = await patiently(LOOK_AGAIN_MS, () => api.getReply(interaction));
      const others = oldestFirst([...row.messageIds, ...left]).filter((id) => id !== messageId);
      return { question: kept(row), target: atResponse(others), drafts: [messageId, ...others], areDraftsThere: true };
    } catch (error) {
      if (isTokenDead(error)) return late();
      if (isMessageGone(error)) {
        const drafts = oldestFirst([...row.messageIds, ...left]);
        return { question: kept(row), target: atResponse(drafts), drafts, areDraftsThere: left.length > 0, isResponseGone: true };
      }
      if (mayPass(error, row)) throw error;
      // A refusal that nobody knows may be another one the next time: the response is still there, and "thinks".
      if (row.attempts < LAST_STRANGE_ATTEMPT) throw new NoDelivery(error instanceof DiscordAPIError ? error.status : 0);
      // First: where the channel shows it, it may be the draft whose place the answer takes, and that is not to go behind the answer.
      if (!isAnswered) await persist([() => api.deleteReply(interaction, '@original')], TAKE_BACK_MS);
      return { ...late(), isTakenBack: !isAnswered };
    }
  };

  return async (row, isAnswered = false) => {
    const found = row.place.replyTo === row.questionId ? await findMessage(row, isAnswered) : await findInteraction(row, isAnswered);
    // A later part of an answer has nothing by which a page would tell whose it is.
    const channelId = found.target?.channelId;
    return channelId === undefined ? found : { ...found, untold: () => lostMessages.leftBehind(channelId, noncesOf(row.questionId)) };
  };
};
