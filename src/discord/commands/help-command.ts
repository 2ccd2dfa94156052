import { ApplicationCommandType, MessageFlags } from 'discord.js';
import type { APIApplicationCommand } from 'discord.js';
import type { Command } from './command.ts';

const INTRODUCTION =
  'I answer questions with a model on Amazon Bedrock. Mention me, reply to one of my messages, write me a direct message, or use a command:';

/** One line for each registered command: a link that opens it, or where its menu is. */
const commandLine = ({ type, name, id, description }: APIApplicationCommand): string =>
  type === ApplicationCommandType.Message
    ? `- **${name}** in the menu of a message (right-click it, or press it long, then *Apps*)`
    : `- </${name}:${id}> ${description}`;

export const createHelpCommand = (registered: () => Promise<readonly APIApplicationCommand[]>): Command => ({
  definition: { name: 'help', description: 'How to ask, and what else I can do' },
  run: async (interaction) => {
    const commands = await registered();
    const lines = commands.map(commandLine);
    await interaction.reply({
      content: [INTRODUCTION, ...lines].join('\n'),
      flags: MessageFlags.Ephemeral,
    });
  },
});
