import { MessageFlags } from 'discord.js';
import type { APIApplicationCommand } from 'discord.js';
import type { Command } from './command.ts';

const INTRODUCTION =
  'I answer questions with a model on Amazon Bedrock. Mention me, reply to one of my messages, write me a direct message, or use a command:';

/** One line for each registered command, as a link that opens it. */
const commandLine = ({ name, id, description }: APIApplicationCommand): string => `- </${name}:${id}> ${description}`;

export const createHelpCommand = (registered: () => Promise<readonly APIApplicationCommand[]>): Command => ({
  definition: { name: 'help', description: 'How to ask, and what else I can do' },
  run: async (interaction) => {
    const commands = await registered();
    const lines = commands.filter(({ description }) => description !== '').map(commandLine);
    await interaction.reply({
      content: [INTRODUCTION, ...lines].join('\n'),
      flags: MessageFlags.Ephemeral,
    });
  },
});
