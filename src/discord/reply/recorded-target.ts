import { UNDECIDED_TEXT } from '../texts/answer-texts.ts';
import { TakenOver, isForLater, judgeDeliveryError } from '../rest/delivery-error.ts';
import type { Claim } from '../../conversation/ledger.ts';
import type { OutgoingMessage, Sent } from '../rest/discord-api.ts';
import type { ReplyTarget } from './reply-target.ts';

const isSame = (one: string, other: string): boolean => one.trim() === other.trim();

/**
 * A place whose messages are noted in the ledger, so that another process knows what is already there. People see nothing of
 * a question that could still be lost, and nothing by this process once another one answers it: those requests reject with
 * {@link TakenOver}. Where only the store could tell who does, and does not, the first message of the answer is read before each
 * request: whoever takes a question up writes into that.
 */
export const createRecordedTarget = (target: ReplyTarget, claim: Claim): ReplyTarget => {
  /** What the answer's messages may say by what was sent, oldest first: of one whose request was not answered, either text. */
  const said = new Map<string, readonly string[]>();

  const isAsLeft = async (): Promise<boolean> => {
    const [first] = said;
    if (first === undefined) return true;
    try {
      const content = await target.read(first[0]);
      return content === undefined || first[1].some((text) => isSame(text, content));
    } catch (error) {
      if (isForLater(error)) throw error;
      // Where we may not read, we may write.
      return judgeDeliveryError(error) !== 'message-gone';
    }
  };

  const refuseTaken = async (): Promise<void> => {
    if (!(await claim.isOurs())) throw new TakenOver();
    if (!claim.isInDoubt() || (await isAsLeft())) return;
    claim.yield();
    throw new TakenOver();
  };

  const noting = async ({ content }: OutgoingMessage, messageId: string, edit: Promise<Sent>): Promise<Sent> => {
    const before = said.get(messageId);
    if (before !== undefined) said.set(messageId, [...before, content]);
    const sent = await edit;
    said.set(messageId, [sent.content]);
    return sent;
  };

  const { besides } = target;
  return {
    ...target,
    ...(besides === undefined
      ? {}
      : {
          besides: async (message) => {
            await refuseTaken();
            const sent = await besides(message);
            claim.shown(sent.messageId);
            return sent;
          },
        }),
    showBusy: async () => {
      await claim.onDisk;
      return (await claim.isOurs()) ? target.showBusy() : true;
    },
    create: async (part, message, how) => {
      await claim.onDisk;
      await refuseTaken();
      const sent = await target.create(part, message, how);
      // The nonce has brought back what another process made; one that only waits for the question makes way.
      if (claim.isInDoubt() && ![message.content, UNDECIDED_TEXT].some((text) => isSame(text, sent.content))) {
        claim.yield();
        throw new TakenOver();
      }
      claim.shown(sent.messageId);
      said.set(sent.messageId, [sent.content]);
      return sent;
    },
    edit: async (part, messageId, message, how) => {
      await refuseTaken();
      return noting(message, messageId, target.edit(part, messageId, message, how));
    },
    remove: async (part, messageId, how) => {
      await refuseTaken();
      const bucket = await target.remove(part, messageId, how);
      claim.removed(messageId);
      said.delete(messageId);
      return bucket;
    },
  };
};
