import { MessageFlags } from 'discord.js';
import { NOT_YOUR_ANSWER_TEXT, NOTHING_TO_STOP_TEXT } from '../texts.ts';
import { controlId } from './control-buttons.ts';
import { mayControl } from './may-control.ts';
import type { OnComponent } from '../on-interaction.ts';
import type { Running } from '../running.ts';

/** Stop: the model is told to end, and the answer ends by itself with what was written. */
export const createStopButton =
  (running: Running): OnComponent =>
  async (interaction, id) => {
    const writing = running.all().find(({ question }) => controlId(question.id) === id);
    if (writing === undefined || !mayControl(interaction, writing.question.asker.id)) {
      const content = writing === undefined ? NOTHING_TO_STOP_TEXT : NOT_YOUR_ANSWER_TEXT;
      await interaction.reply({ content, flags: MessageFlags.Ephemeral });
      return;
    }
    const acknowledged = interaction.deferUpdate();
    writing.cancel('stopped by a person');
    await acknowledged;
  };
