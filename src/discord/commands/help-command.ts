import { setTimeout as sleep } from 'node:timers/promises';
import { ApplicationCommandType } from 'discord.js';
import { tell } from '../respond.ts';
import type { APIApplicationCommand } from 'discord.js';
import type { Command } from './command.ts';

const introduction = (allowsDms: boolean): string =>
  `I answer questions with a model on Amazon Bedrock. Mention me, reply to one of my messages${allowsDms ? ', write me a direct message' : ''}, or use a command:`;

/** What no list of commands tells. */
const BESIDE = [
  '`/ask` has two options: `private:` shows the answer to nobody but you, `file:` takes a file along. A message to me may have files, too: images, PDF, Word, Excel and text.',
  'Below an answer are buttons, for whoever asked: *Stop* while I write, then *Regenerate*, *Try again* after a failure, *Continue* where it was cut off.',
  'Delete your question, or pick *Delete this answer* in the menu of the answer, and I forget both. All who ask in a channel share one conversation, which `/reset` forgets.',
];

/** Where Discord has not told them yet. */
const UNLISTED = '- type `/` to see my commands';

/** Discord waits three seconds for a response; registering the commands may take longer. */
const REGISTERED_WITHIN_MS = 1_500;

/** One line for each registered command: a link that opens it, or where its menu is. */
const commandLine = ({ type, name, id, description }: APIApplicationCommand): string =>
  type === ApplicationCommandType.Message
    ? `- **${name}** in the menu of a message (right-click it, or press it long, then *Apps*)`
    : `- </${name}:${id}> ${description}`;

/** @param allowsDms whether direct messages are answered */
export const createHelpCommand = (registered: () => Promise<readonly APIApplicationCommand[]>, allowsDms: boolean): Command => ({
  definition: { name: 'help', description: 'How to ask, and what else I can do' },
  run: async (interaction) => {
    const commands = await Promise.race([registered().catch(() => []), sleep(REGISTERED_WITHIN_MS, [], { ref: false })]);
    const lines = commands.length === 0 ? [UNLISTED] : commands.map(commandLine);
    await tell(interaction, [introduction(allowsDms), ...lines, ...BESIDE].join('\n'));
  },
});
