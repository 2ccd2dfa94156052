import { isTakenBack } from '../../conversation/outcome.ts';
import { failureText } from '../texts/failure-text.ts';
import { quietFailureText, whereAsked } from '../texts/answer-texts.ts';
import type { Failure } from '../../conversation/failure.ts';
import type { Claim } from '../../conversation/ledger.ts';
import type { Question } from '../../conversation/question.ts';
import type { WriteDirectly } from '../rest/direct-message.ts';
import type { DiscordAnswerView } from '../reply/answer-view.ts';
import type { ReplyTarget } from '../reply/reply-target.ts';

export interface Failing {
  readonly question: Question;
  readonly target: ReplyTarget;
  readonly claim: Claim;
  readonly failure: Failure;
  readonly view: Pick<DiscordAnswerView, 'hasWords' | 'vanish'>;
}

/** Tells whoever asked alone why there is no answer. False where that is not to be, or cannot be: then it is told in the channel. */
export type FailQuietly = (failing: Failing) => Promise<boolean>;

/** @param isQuiet whether the place of a question wants no failures said before everybody */
export const createFailQuietly =
  (isQuiet: (question: Question) => boolean, writeDirectly: WriteDirectly): FailQuietly =>
  async ({ question, target, claim, failure, view }) => {
    // The response of a command has to say something, and words that stand there need their end.
    const isForAll = target.place.interaction !== undefined || target.before !== undefined || view.hasWords();
    // Nor is it told elsewhere than asked where somebody is to say yes or no.
    if (isForAll || failure.kind === 'costs-much' || isTakenBack(failure.kind) || !isQuiet(question)) return false;
    claim.direct();
    try {
      await writeDirectly(question.asker.id, quietFailureText(whereAsked(target.channelId, question.id), failureText(failure)), `${question.id}:quiet`);
    } catch {
      return false;
    }
    await view.vanish();
    return true;
  };
