import { NOTHING_TO_RESET_TEXT, RESET_TEXT } from '../texts.ts';
import { failureText } from '../failure-text.ts';
import { toFailure } from '../../conversation/failure.ts';
import type { Forget } from '../../conversation/forget.ts';
import type { Command } from './command.ts';

export const createResetCommand = (forget: Forget, onFailure: (error: unknown) => void): Command => ({
  definition: {
    name: 'reset',
    description: 'Forget the conversation of this channel, thread or direct message',
  },
  run: async (interaction) => {
    // The answer that is being written has to end first, and that can take longer than Discord waits.
    await interaction.deferReply();
    try {
      const shared = await forget(interaction.channelId);
      const mine = await forget(`${interaction.channelId}:${interaction.user.id}`);
      await interaction.editReply(shared || mine ? RESET_TEXT : NOTHING_TO_RESET_TEXT);
    } catch (error) {
      onFailure(error);
      await interaction.editReply(failureText(toFailure(error)));
    }
  },
});
