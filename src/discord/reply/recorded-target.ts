import { TakenOver } from '../rest/delivery-error.ts';
import type { Claim } from '../../conversation/ledger.ts';
import type { ReplyTarget } from './reply-target.ts';

/**
 * A place whose messages are noted in the ledger, so that another process knows what is already there. People see nothing of
 * a question that could still be lost, and nothing by this process once another one answers it: those requests reject with
 * {@link TakenOver}.
 */
export const createRecordedTarget = (target: ReplyTarget, claim: Claim): ReplyTarget => {
  const refuseTaken = async (): Promise<void> => {
    if (!(await claim.isOurs())) throw new TakenOver();
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
      if (await claim.isOurs()) await target.showBusy();
    },
    create: async (part, message, how) => {
      await claim.onDisk;
      await refuseTaken();
      const sent = await target.create(part, message, how);
      claim.shown(sent.messageId);
      return sent;
    },
    edit: async (part, messageId, message, how) => {
      await refuseTaken();
      return target.edit(part, messageId, message, how);
    },
    remove: async (part, messageId, how) => {
      await refuseTaken();
      const bucket = await target.remove(part, messageId, how);
      claim.removed(messageId);
      return bucket;
    },
  };
};
