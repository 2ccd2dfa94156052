import { isForLater } from '../rest/delivery-error.ts';
import { createResumedTarget } from '../reply/resumed-target.ts';
import { takeResponseBack } from './tidy-ended.ts';
import type { Exchange } from '../../conversation/history.ts';
import type { Claim } from '../../conversation/ledger.ts';
import type { DiscordApi } from '../rest/discord-api.ts';
import type { AnswerControls } from '../reply/answer-buttons.ts';
import type { FindQuestion } from './find-question.ts';

/** Ends a question whose answer is there and remembered, and whose process was gone before all was done. */
export type TidyUp = (claim: Claim, exchange: Exchange) => Promise<void>;

/** Whether a message came between the question and the end of its answer: what came later belongs to who asked it anew, and what was there before is where a button was pressed. */
const isOfThen = (id: string, questionId: string, { replyMessageIds }: Exchange): boolean =>
  BigInt(id) > BigInt(questionId) && replyMessageIds.some((replyId) => BigInt(id) < BigInt(replyId));

export const createTidyUp =
  ({ api, findQuestion, keep }: { readonly api: DiscordApi; readonly findQuestion: FindQuestion; readonly keep: AnswerControls['keep'] }): TidyUp =>
  async (claim, exchange) => {
    const { row } = claim;
    const found = await findQuestion(row, true).catch((error: unknown) => {
      if (isForLater(error)) throw error;
      return undefined;
    });
    if (found?.target !== undefined) {
      const isLeft = (id: string): boolean => !exchange.replyMessageIds.includes(id);
      const untold = async (): Promise<readonly string[]> => ((await found.untold?.()) ?? []).filter(isLeft);
      // What was noted nowhere: a notice of an attempt that failed, for one, which nobody was told of.
      const drafts = [...row.messageIds, ...found.drafts.filter((id) => isOfThen(id, row.questionId, exchange))].filter(isLeft);
      const { clean } = createResumedTarget(found.target, claim, [...new Set(drafts)], true, untold);
      // The answer is there, whatever Discord refuses of the rest.
      await clean?.().catch((error: unknown) => {
        if (isForLater(error)) throw error;
      });
    }
    const question = found?.question ?? row.question;
    // Without that, the buttons below the answer would know nothing of it.
    if (question !== undefined) {
      const report = { question, outcome: 'delivered', exchange, waitedMs: 0, tookMs: 0 } as const;
      await keep({ report, place: row.place, messageIds: exchange.replyMessageIds, isQuestionDeleted: false });
    }
    const left = await takeResponseBack(api, row.place, exchange.replyMessageIds);
    claim.end({ state: 'delivered' }, left !== undefined);
    claim.release();
  };
