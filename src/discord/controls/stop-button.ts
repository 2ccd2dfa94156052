import { NOTHING_TO_STOP_TEXT, NOT_YOUR_ANSWER_TEXT } from '../texts/answer-texts.ts';
import { STOP, findWriting } from './control-buttons.ts';
import { mayControl, tellInPrivate } from './open-press.ts';
import type { Interaction } from 'discord.js';
import type { OnComponent } from '../intake/on-interaction.ts';
import type { QuestionsInProgress } from '../intake/questions-in-progress.ts';

/** Stop: the model is told to end, and the answer ends by itself with what was written. */
export const createStopButton =
  (inProgress: QuestionsInProgress): OnComponent =>
  async (interaction, id) => {
    const writing = findWriting(inProgress, id);
    if (writing === undefined || !mayControl(interaction, writing.question.asker.id)) {
      return tellInPrivate(interaction, writing === undefined ? NOTHING_TO_STOP_TEXT : NOT_YOUR_ANSWER_TEXT);
    }
    const acknowledged = interaction.deferUpdate();
    writing.cancel('stopped by a person');
    await acknowledged;
  };

/** Whether a Stop belongs to an answer that another process writes, if any; and anything else to whoever hears that place from now on. */
export const createIsForAnother =
  (inProgress: QuestionsInProgress) =>
  (interaction: Interaction, isLeaving = false): boolean =>
    interaction.isMessageComponent() && interaction.customId.startsWith(`${STOP}:`) ? findWriting(inProgress, interaction.customId.slice(STOP.length + 1)) === undefined : isLeaving;
