import { NOTHING_TO_RESET_TEXT, RESET_TEXT } from '../texts.ts';
import { failureText } from '../failure-text.ts';
import { announce, tell } from '../respond.ts';
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
    await announce(interaction, { isPublic: true });
    const reset = async (): Promise<string> => {
      try {
        const shared = await forget(interaction.channelId);
        const mine = await forget(`${interaction.channelId}:${interaction.user.id}`);
        return shared || mine ? RESET_TEXT : NOTHING_TO_RESET_TEXT;
      } catch (error) {
        onFailure(error);
        return failureText(toFailure(error));
      }
    };
    await tell(interaction, await reset(), { isPublic: true });
  },
});
