import { withoutOtherFiles } from '../discord-api.ts';
import { judgeDeliveryError } from '../reply/delivery-error.ts';
import type { Claim } from '../../conversation/ledger.ts';
import type { OutgoingMessage, Sent } from '../discord-api.ts';
import type { ReplyTarget } from '../reply/reply-target.ts';

/**
 * The place of an answer that another process began: its messages are taken over, in order, before any new one is made.
 * @param drafts the ids of those messages, oldest first
 * @param isNotice what is said here is never the text of a draft too
 */
export const createResumedTarget = (target: ReplyTarget, claim: Claim, drafts: readonly string[], isNotice: boolean): ReplyTarget => {
  const left = [...drafts];
  /** Those that take no edits any more. */
  const closed: string[] = [];

  /** Undefined when no draft is left that can be taken over. */
  const takeOver = async (part: number, message: OutgoingMessage, signal: AbortSignal | undefined): Promise<Sent | undefined> => {
    for (let messageId = left[0]; messageId !== undefined; messageId = left[0]) {
      try {
        const sent = await target.edit(part, messageId, withoutOtherFiles(message), signal);
        left.shift();
        return sent;
      } catch (error) {
        const verdict = judgeDeliveryError(error);
        if (verdict !== 'message-gone' && verdict !== 'edits-refused') throw error;
        left.shift();
        if (verdict === 'message-gone') claim.removed(messageId);
        else closed.push(messageId);
      }
    }
    return undefined;
  };

  return {
    ...target,
    create: async (part, message, how = {}) => {
      if (how.isAnew === true) return target.create(part, message, how);
      const taken = await takeOver(part, message, how.signal);
      if (taken !== undefined) return taken;
      const sent = await target.create(part, message, { ...how, isAnew: closed.length > 0 && target.canSendAnew });
      // The nonce of an earlier attempt brings back the message that it made, with the text, files and buttons of then.
      if (isNotice && sent.content === message.content) return sent;
      return target.edit(part, sent.messageId, withoutOtherFiles(message), how.signal);
    },
    clean: async () => {
      for (const messageId of [...left.splice(0), ...closed.splice(0)]) {
        await target.remove(1, messageId).catch((error: unknown) => {
          if (judgeDeliveryError(error) !== 'message-gone') throw error;
        });
        claim.removed(messageId);
      }
    },
  };
};
