import { ApplicationCommandOptionType } from 'discord.js';
import { hasVisibleText } from '../../conversation/question.ts';
import { attachedFile } from '../intake/message-parts.ts';
import { reading } from '../files/incoming-file.ts';
import { canSendMessages, questionFromInteraction } from '../intake/question-from-interaction.ts';
import { createInteractionTarget } from '../reply/interaction-target.ts';
import { prefaceLine } from '../reply/preface.ts';
import { tell } from '../rest/respond.ts';
import { EMPTY_QUESTION_TEXT } from '../texts/answer-texts.ts';
import { ASK_WORDS } from '../texts/command-texts.ts';
import type { DiscordApi } from '../rest/discord-api.ts';
import type { FileReader } from '../files/file-reader.ts';
import type { AcceptQuestion } from '../intake/accept-question.ts';
import type { QuestionThreads } from '../intake/threads.ts';
import type { Command } from '../intake/on-interaction.ts';

/** The longest string option there is. @see https://discord.com/developers/docs/interactions/application-commands */
const MAX_PROMPT_LENGTH = 6_000;

export const createAskCommand = (api: DiscordApi, accept: AcceptQuestion, readFiles: FileReader, isThreadWanted: QuestionThreads['isWantedBy']): Command => ({
  definition: {
    name: 'ask',
    description: ASK_WORDS.description,
    options: [
      {
        type: ApplicationCommandOptionType.String,
        name: 'prompt',
        description: ASK_WORDS.prompt,
        required: true,
        max_length: MAX_PROMPT_LENGTH,
      },
      {
        type: ApplicationCommandOptionType.Attachment,
        name: 'file',
        description: ASK_WORDS.file,
        required: false,
      },
      {
        type: ApplicationCommandOptionType.Boolean,
        name: 'private',
        description: ASK_WORDS.private,
        required: false,
      },
    ],
  },
  run: async (interaction) => {
    const isPrivate = interaction.options.getBoolean('private') ?? false;
    const file = interaction.options.getAttachment('file');
    const files = reading(file === null ? [] : [attachedFile(file)], readFiles);
    const question = questionFromInteraction(interaction, interaction.options.getString('prompt', true), isPrivate, { door: 'command', ...files });
    if (!hasVisibleText(question.text) && file === null) {
      await tell(interaction, EMPTY_QUESTION_TEXT);
      return;
    }
    const { id, token, applicationId, channelId } = interaction;
    await accept(
      question,
      createInteractionTarget(api, {
        interaction: { id, token, applicationId },
        channelId,
        isPrivate,
        canSendMessages: canSendMessages(interaction),
        // Discord shows everybody that somebody used the command, and nobody what for.
        preface: isPrivate || !hasVisibleText(question.text) ? undefined : prefaceLine(question.asker.id, question.text),
      }),
      !isPrivate && isThreadWanted(interaction),
    );
  },
});
