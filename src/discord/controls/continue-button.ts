import { continuationText } from '../../conversation/continuation.ts';
import { byUser } from '../intake/asked-by.ts';
import { personOf } from '../intake/question-from-interaction.ts';
import { ALREADY_WRITING_TEXT, ANSWER_FORGOTTEN_TEXT, ANSWER_REPLACED_TEXT } from '../texts/answer-texts.ts';
import { claimSoon } from './claim-soon.ts';
import { isCutOff } from './control-buttons.ts';
import { openPressedTarget, refusePress, tellInPrivate } from './open-press.ts';
import type { Exchange } from '../../conversation/history.ts';
import type { Question } from '../../conversation/question.ts';
import type { ShownAnswer, ShownAnswers } from '../../conversation/shown-answer.ts';
import type { MessageComponentInteraction } from 'discord.js';
import type { AcceptPress } from '../intake/accept-question.ts';
import type { ReplyTarget } from '../reply/reply-target.ts';
import type { DiscordApi } from '../rest/discord-api.ts';
import type { OnComponent } from '../intake/on-interaction.ts';
import type { QuestionsInProgress } from '../intake/questions-in-progress.ts';
import type { DeadButtons } from './dead-buttons.ts';
import type { OpenPress } from './open-press.ts';

export interface ContinueDependencies {
  readonly api: DiscordApi;
  readonly acceptPress: AcceptPress;
  readonly inProgress: QuestionsInProgress;
  readonly openPress: OpenPress;
  readonly shownAnswers: ShownAnswers;
  readonly deadButtons: DeadButtons;
}

const questionFor = (interaction: MessageComponentInteraction, answer: ShownAnswer, { turns: [, reply] }: Exchange): Question => ({
  id: interaction.id,
  door: 'button',
  behind: answer.questionId,
  conversationId: answer.conversationId,
  guildId: answer.guildId,
  asker: personOf(interaction),
  by: byUser(interaction),
  askedAt: interaction.createdTimestamp,
  text: continuationText(reply.content.map((block) => ('text' in block ? block.text : '')).join('')),
  isShared: answer.isShared,
});

/** Continue: one more turn that asks the model for the rest. It is an answer of its own, below the one that it goes on from. */
export const createContinueButton =
  ({ api, acceptPress, inProgress, openPress, shownAnswers, deadButtons }: ContinueDependencies): OnComponent =>
  async (interaction, id) => {
    const pressed = await openPress(interaction, id);
    if (typeof pressed === 'string') return refusePress(interaction, pressed);
    const { continuedBy } = pressed.answer;
    const isContinuing = continuedBy !== undefined && inProgress.find(continuedBy) !== undefined;
    if (isContinuing || !(await claimSoon(shownAnswers, id))) return refusePress(interaction, ALREADY_WRITING_TEXT);
    try {
      const claimed = await openPress(interaction, id, true);
      if (typeof claimed === 'string') return await refusePress(interaction, claimed);
      const { answer, exchange } = claimed;
      if (exchange === undefined) return await refusePress(interaction, ANSWER_FORGOTTEN_TEXT);
      // Another answer stands in its place, and has buttons of its own.
      if (!isCutOff(exchange.stopReason)) return await tellInPrivate(interaction, ANSWER_REPLACED_TEXT);
      const question = questionFor(interaction, answer, exchange);
      const open = async (): Promise<ReplyTarget> => {
        await shownAnswers.save(id, { ...answer, continuedBy: question.id });
        // With the press its buttons have done their work: what comes next has its own.
        let haveGone = false;
        const target = await openPressedTarget(api, interaction, answer, {
          replyTo: interaction.message.id,
          acknowledge: async () => {
            await interaction.update({ components: [] });
            haveGone = true;
          },
        });
        // Where the response is the next answer, it takes nothing away from this one.
        if (!haveGone) void deadButtons.of(answer);
        return target;
      };
      const why = await acceptPress(question, open);
      if (why !== undefined) await refusePress(interaction, why);
    } finally {
      await shownAnswers.release(id);
    }
  };
