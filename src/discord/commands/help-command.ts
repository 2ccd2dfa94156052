import { setTimeout as sleep } from 'node:timers/promises';
import { ApplicationCommandType } from 'discord.js';
import { tell } from '../rest/respond.ts';
import type { APIApplicationCommand } from 'discord.js';
import type { Command } from '../intake/command.ts';

const INTRODUCTION =
  'I answer questions with a model on Amazon Bedrock. Mention me, reply to one of my messages, write me a direct message, or use a command:';

/** Where Discord has not told them yet. */
const UNLISTED = '- type `/` to see my commands';

/** Discord waits three seconds for a response; registering the commands may take longer. */
const REGISTERED_WITHIN_MS = 1_500;

/** One line for each registered command: a link that opens it, or where its menu is. */
const commandLine = ({ type, name, id, description }: APIApplicationCommand): string =>
  type === ApplicationCommandType.Message
    ? `- **${name}** in the menu of a message (right-click it, or press it long, then *Apps*)`
    : `- </${name}:${id}> ${description}`;

export const createHelpCommand = (registered: () => Promise<readonly APIApplicationCommand[]>): Command => ({
  definition: { name: 'help', description: 'How to ask, and what else I can do' },
  run: async (interaction) => {
    const commands = await Promise.race([registered().catch(() => []), sleep(REGISTERED_WITHIN_MS, [], { ref: false })]);
    const lines = commands.length === 0 ? [UNLISTED] : commands.map(commandLine);
    await tell(interaction, [INTRODUCTION, ...lines].join('\n'));
  },
});
