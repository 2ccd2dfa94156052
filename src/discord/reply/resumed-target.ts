import { withoutOtherFiles } from '../rest/discord-api.ts';
import { AnswerGone, judgeDeliveryError } from '../rest/delivery-error.ts';
import { persist } from '../rest/persist.ts';
import { SUPERSEDED_TEXT } from '../texts/answer-texts.ts';
import type { Claim } from '../../conversation/ledger.ts';
import type { OutgoingMessage, RequestHow, Sent } from '../rest/discord-api.ts';
import type { ReplyTarget } from './reply-target.ts';

/** How long what an earlier attempt left is cleared away while Discord is failing, in milliseconds. */
const CLEAN_DEADLINE_MS = 90_000;

/**
 * The place of an answer that another process began: its messages are taken over, in order, before any new one is made.
 * @param drafts the ids of those messages, oldest first
 * @param isNotice what is said here is never the text of a draft too
 * @param untold further messages of then, which may show only later. Does not reject
 * @param endsWithThem where somebody deleted them all, nobody wants new ones: what would be one rejects with {@link AnswerGone}
 */
export const createResumedTarget = (
  target: ReplyTarget,
  claim: Pick<Claim, 'removed'>,
  drafts: readonly string[],
  isNotice: boolean,
  untold: () => Promise<readonly string[]> = () => Promise.resolve([]),
  endsWithThem = false,
): ReplyTarget => {
  const left = [...drafts];
  /** Those that are not taken over: they take no edits any more, or stand in the wrong place. */
  const closed: string[] = [];
  /** Those that stand for a part of the answer. */
  const used = new Set<string>();
  let areDeleted = false;

  /** What stands for a part of the answer is cleared away by nobody, whichever way it came: a nonce, or a look, may bring back any of these messages. */
  const keep = (messageId: string): void => {
    used.add(messageId);
    for (const ids of [left, closed]) {
      const kept = ids.filter((id) => id !== messageId);
      ids.splice(0, ids.length, ...kept);
    }
  };

  const lookForUntold = async (): Promise<void> => {
    const known = new Set([...drafts, ...used]);
    left.push(...(await untold()).filter((messageId) => !known.has(messageId)));
  };

  /** Undefined when no draft is left that can be taken over. */
  const takeOverNext = async (part: number, message: OutgoingMessage, how: RequestHow): Promise<Sent | undefined> => {
    for (let messageId = left[0]; messageId !== undefined; messageId = left[0]) {
      try {
        const sent = await target.edit(part, messageId, withoutOtherFiles(message), how);
        keep(messageId);
        return sent;
      } catch (error) {
        const verdict = judgeDeliveryError(error);
        const isRefused = verdict === 'refused' && (message.files ?? []).length === 0;
        if (verdict !== 'message-gone' && verdict !== 'edits-refused' && !isRefused) throw error;
        left.shift();
        const isGone = verdict === 'message-gone' && (await target.isThere?.(messageId)) !== true;
        if (isGone) claim.removed(messageId);
        else closed.push(messageId);
        areDeleted = endsWithThem && isGone && used.size === 0 && closed.length === 0;
      }
    }
    return undefined;
  };

  const takeOver = async (part: number, message: OutgoingMessage, how: RequestHow): Promise<Sent | undefined> => {
    const taken = await takeOverNext(part, message, how);
    if (taken !== undefined || !areDeleted) return taken;
    await lookForUntold();
    if (left.length === 0) throw new AnswerGone();
    areDeleted = false;
    return takeOverNext(part, message, how);
  };

  /** Brings what the nonce of an earlier attempt may have brought back up to date. */
  const renew = async (part: number, sent: Sent, message: OutgoingMessage, how: RequestHow): Promise<Sent> => {
    try {
      return await target.edit(part, sent.messageId, withoutOtherFiles(message), how);
    } catch (error) {
      if (judgeDeliveryError(error) !== 'refused' || sent.content.trim() !== message.content.trim()) throw error;
      return sent;
    }
  };

  return {
    ...target,
    create: async (part, message, how = {}) => {
      if (how.isAnew === true) {
        const sent = await target.create(part, message, how);
        const isOfThen = left.includes(sent.messageId) || closed.includes(sent.messageId);
        const renewed = isOfThen ? await renew(part, sent, message, how) : sent;
        keep(renewed.messageId);
        // What is left stands above it now, and could only bring back a later part in the wrong place.
        closed.push(...left.splice(0));
        return renewed;
      }
      const taken = await takeOver(part, message, how);
      if (taken !== undefined) return taken;
      const sent = await target.create(part, message, { ...how, isAnew: closed.length > 0 && target.canSendAnew });
      // Whoever asked knows that it is there, and what it says: another part, it may be.
      if (used.has(sent.messageId)) return sent;
      // The nonce of an earlier attempt brings back the message that it made, with the text, files and buttons of then.
      const renewed = isNotice && sent.content === message.content ? sent : await renew(part, sent, message, how);
      keep(renewed.messageId);
      return renewed;
    },
    find: async (content) => {
      const found = await target.find?.(content);
      if (found !== undefined) keep(found.messageId);
      return found;
    },
    clean: async () => {
      const deadline = performance.now() + CLEAN_DEADLINE_MS;
      const errors: unknown[] = [];
      const late = (await untold()).filter((messageId) => !used.has(messageId));
      for (const messageId of new Set([...left.splice(0), ...closed.splice(0), ...late])) {
        // What points to the answer at least has no button.
        const ways = [() => target.remove(1, messageId), () => target.edit(1, messageId, { content: SUPERSEDED_TEXT })];
        const error = await persist(ways, Math.max(0, deadline - performance.now()));
        // One that stays keeps no other from going.
        if (error === undefined) claim.removed(messageId);
        else errors.push(error);
      }
      await target.clean?.();
      if (errors.length > 0) throw errors[0] as Error;
    },
  };
};
