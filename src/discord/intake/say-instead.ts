import { HELD_UP } from '../../conversation/ledger.ts';
import { describeDeliveryError, isForLater, judgeDeliveryError } from '../rest/delivery-error.ts';
import { createRecordedTarget } from '../reply/recorded-target.ts';
import { ELSEWHERE_TEXT, UNDECIDED_TEXT, whereAsked } from '../texts/answer-texts.ts';
import type { Claim, Outcome } from '../../conversation/ledger.ts';
import type { WriteDirectly } from '../rest/direct-message.ts';
import type { OutgoingMessage } from '../rest/discord-api.ts';
import type { ReplyTarget } from '../reply/reply-target.ts';

export interface SaidInstead extends OutgoingMessage {
  /** What is said where that cannot be said in its place, with its buttons; the same, under its place, where it is absent. */
  readonly elsewhere?: string;
}

/** Says one thing instead of an answer, and closes the row with `outcome`. What Discord may take later, somebody says later. */
export type SayInstead = (claim: Claim, target: ReplyTarget, said: SaidInstead, outcome: Outcome) => Promise<void>;

/** So often it is looked for what may be there, before it is said once more all the same. */
const LAST_LOOK = 20;

export const createSayInstead = (writeDirectly: WriteDirectly): SayInstead => {
  /** The other ways of an answer, for what is said at once. Nobody would know what a sentence without its place is about. Resolves with why it could not be said. */
  const sayElsewhere = async (claim: Claim, { besides }: ReplyTarget, { content, elsewhere }: SaidInstead): Promise<unknown> => {
    const { questionId, askerId, place } = claim.row;
    try {
      if (besides === undefined) throw new Error('No interaction asked this.');
      await besides({ content: elsewhere ?? content });
      return undefined;
    } catch {
      claim.direct();
      return writeDirectly(askerId, elsewhere ?? `${ELSEWHERE_TEXT(whereAsked(place.channelId, questionId))}\n${content}`, `${questionId}:instead`).then(() => undefined, (error: unknown) => error);
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

  return async (claim, target, instead, outcome) => {
    const recorded = createRecordedTarget(target, claim);
    const { preface } = target;
    const { elsewhere: _elsewhere, ...message } = instead;
    const said = preface === undefined ? message : { ...message, content: `${preface}\n${message.content}` };
    try {
      const sent = await recorded.create(0, said);
      // By its nonce, what another process said while the store did not tell it whose the question is.
      if (sent.content === UNDECIDED_TEXT) await recorded.edit(0, sent.messageId, said);
    } catch (error) {
      if (judgeDeliveryError(error) === 'answer-gone') {
        claim.end({ state: 'refused', reason: 'answer deleted' });
        return;
      }
      const seen = await seenOf(recorded, said);
      const isThere = seen === 'there';
      const isUnknown = seen === 'unknown' && claim.row.attempts < LAST_LOOK;
      if (isUnknown || (!isThere && isForLater(error))) {
        claim.release(HELD_UP);
        return;
      }
      const refusal = isThere ? undefined : await sayElsewhere(claim, recorded, instead);
      // The direct message is the last way there is.
      if (refusal !== undefined && isForLater(refusal) && claim.row.attempts < LAST_LOOK) {
        claim.release(HELD_UP);
        return;
      }
      if (refusal !== undefined) {
        await target.clean?.().catch(() => undefined);
        claim.end({ state: 'failed', reason: `undeliverable: ${describeDeliveryError(error)}` });
        return;
      }
    }
    let isUntidy = false;
    // What stays of an earlier attempt is not worth saying it again.
    await target.clean?.().catch(() => {
      isUntidy = target.place.interaction !== undefined;
    });
    claim.end(outcome, isUntidy);
    // Whoever looks for what others left takes back what "thinks" beside it.
    claim.release();
  };
};
