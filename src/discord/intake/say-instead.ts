import { HELD_UP } from '../../conversation/ledger.ts';
import { describeDeliveryError, isForLater } from '../rest/delivery-error.ts';
import { createRecordedTarget } from '../reply/recorded-target.ts';
import type { Claim, LedgerRow, Outcome } from '../../conversation/ledger.ts';
import type { WriteDirectly } from '../rest/direct-message.ts';
import type { OutgoingMessage } from '../rest/discord-api.ts';
import type { ReplyTarget } from '../reply/reply-target.ts';

/** Says one thing instead of an answer, and closes the row with `outcome`. What Discord may take later, somebody says later. */
export type SayInstead = (claim: Claim, target: ReplyTarget, message: OutgoingMessage, outcome: Outcome) => Promise<void>;

/** So often it is looked for what may be there, before it is said once more all the same. */
const LAST_LOOK = 20;

export const createSayInstead = (writeDirectly: WriteDirectly): SayInstead => {
  /** The other ways of an answer, for what is said at once. */
  const sayElsewhere = async ({ questionId, askerId }: LedgerRow, { besides }: ReplyTarget, { content }: OutgoingMessage): Promise<void> => {
    try {
      if (besides === undefined) throw new Error('No interaction asked this.');
      await besides({ content });
    } catch {
      await writeDirectly(askerId, content, `${questionId}:instead`);
    }
  };

  /** Whether it was said although Discord refused it. */
  const seenOf = async (target: ReplyTarget, { content }: OutgoingMessage): Promise<'there' | 'not there' | 'unknown'> => {
    try {
      return (await target.find?.(content)) === undefined ? 'not there' : 'there';
    } catch {
      return 'unknown';
    }
  };

  return async (claim, target, message, outcome) => {
    const recorded = createRecordedTarget(target, claim);
    const { preface } = target;
    const said = preface === undefined ? message : { ...message, content: `${preface}\n${message.content}` };
    try {
      await recorded.create(0, said);
    } catch (error) {
      const seen = await seenOf(recorded, said);
      const isThere = seen === 'there';
      const isUnknown = seen === 'unknown' && claim.row.attempts < LAST_LOOK;
      if (isUnknown || (!isThere && isForLater(error))) {
        claim.release(HELD_UP);
        return;
      }
      const elsewhere = (): Promise<boolean> => sayElsewhere(claim.row, recorded, message).then(() => true, () => false);
      if (!isThere && !(await elsewhere())) {
        claim.end({ state: 'failed', reason: `undeliverable: ${describeDeliveryError(error)}` });
        return;
      }
    }
    // What stays of an earlier attempt is not worth saying it again.
    await target.clean?.().catch(() => undefined);
    claim.end(outcome);
  };
};
