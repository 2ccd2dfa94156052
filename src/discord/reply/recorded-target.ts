import type { Claim } from '../../conversation/ledger.ts';
import type { ReplyTarget } from './reply-target.ts';

/**
 * A place whose messages are noted in the ledger, so that another process knows what is already there. People see nothing of
 * a question that could still be lost.
 */
export const createRecordedTarget = (target: ReplyTarget, claim: Claim): ReplyTarget => ({
  ...target,
  showBusy: async () => {
    await claim.onDisk;
    await target.showBusy();
  },
  create: async (part, message, how) => {
    await claim.onDisk;
    const sent = await target.create(part, message, how);
    claim.shown(sent.messageId);
    return sent;
  },
  remove: async (part, messageId) => {
    const bucket = await target.remove(part, messageId);
    claim.removed(messageId);
    return bucket;
  },
});
