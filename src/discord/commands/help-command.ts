import { setTimeout as sleep } from 'node:timers/promises';
import { tell } from '../rest/respond.ts';
import { HELP_WORDS, helpText } from '../texts/command-texts.ts';
import type { APIApplicationCommand } from 'discord.js';
import type { Command } from '../intake/on-interaction.ts';

/** Discord waits three seconds for a response; registering the commands may take longer. */
const REGISTERED_WITHIN_MS = 1_500;

/** @param allowsDms whether direct messages are answered */
export const createHelpCommand = (registered: () => Promise<readonly APIApplicationCommand[]>, allowsDms: boolean): Command => ({
  definition: { name: 'help', description: HELP_WORDS.description },
  run: async (interaction) => {
    const commands = await Promise.race([registered().catch(() => []), sleep(REGISTERED_WITHIN_MS, [], { ref: false })]);
    await tell(interaction, helpText(commands, allowsDms));
  },
});
