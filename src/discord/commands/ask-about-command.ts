import { ApplicationCommandType, ComponentType, Message, TextInputStyle, messageLink } from 'discord.js';
import { cleanName, hasVisibleText } from '../../conversation/question.ts';
import { reading } from '../files/incoming-file.ts';
import { filesOf, forwardedFiles, isBlank, partsOf, quotedContent } from '../intake/message-parts.ts';
import { namesOn } from '../intake/names-for-ids.ts';
import { customId } from '../intake/on-interaction.ts';
import { canSendMessages, questionFromInteraction } from '../intake/question-from-interaction.ts';
import { authorOf } from '../intake/question-from-message.ts';
import { createInteractionTarget } from '../reply/interaction-target.ts';
import { prefaceLine } from '../reply/preface.ts';
import { tell } from '../rest/respond.ts';
import { EMPTY_QUESTION_TEXT, NOTHING_TO_READ_TEXT, PICKED_GONE_TEXT } from '../texts/answer-texts.ts';
import { refusalWords } from '../texts/refusal-texts.ts';
import { ASK_ABOUT_WORDS } from '../texts/command-texts.ts';
import type { APIMessage, APIModalInteractionResponseCallbackData, ModalSubmitInteraction } from 'discord.js';
import type { Admission } from '../../conversation/admission.ts';
import type { PickedMessage, PickedMessages } from '../../conversation/ports.ts';
import type { Names } from '../intake/names-for-ids.ts';
import type { AcceptQuestion } from '../intake/accept-question.ts';
import type { DiscordApi } from '../rest/discord-api.ts';
import type { FileReader } from '../files/file-reader.ts';
import type { MessageCommand, OnModal } from '../intake/on-interaction.ts';

/** The kind of the form, as it stands in custom ids. */
export const ASK_ABOUT = 'ask-about';

const QUESTION = 'question';
/** The longest text of a form's field. @see https://docs.discord.com/developers/components/reference#text-input */
const MAX_QUESTION_LENGTH = 4_000;

const form = (id: string): APIModalInteractionResponseCallbackData => ({
  custom_id: customId(ASK_ABOUT, id),
  title: ASK_ABOUT_WORDS.title,
  components: [
    {
      type: ComponentType.Label,
      label: ASK_ABOUT_WORDS.question,
      component: {
        type: ComponentType.TextInput,
        custom_id: QUESTION,
        style: TextInputStyle.Paragraph,
        max_length: MAX_QUESTION_LENGTH,
        required: true,
        placeholder: ASK_ABOUT_WORDS.placeholder,
      },
    },
  ],
});

/** @param message from a channel that discord.js does not know it comes as Discord sent it */
const pickedMessage = (message: Message | APIMessage, pickedBy: string, names: Names): PickedMessage | undefined => {
  const isRead = message instanceof Message;
  const parts = isRead ? partsOf(message) : message;
  if (isBlank(parts)) return undefined;
  const author = isRead
    ? authorOf(message)
    : { id: message.author.id, name: cleanName(message.author.global_name ?? message.author.username) };
  return {
    id: message.id,
    channelId: isRead ? message.channelId : message.channel_id,
    pickedBy,
    quoted: { author, ...quotedContent(parts, names) },
    files: [...filesOf(parts), ...forwardedFiles(parts)],
  };
};

const linkTo = ({ channelId, id }: PickedMessage, guildId: string | null): string =>
  guildId === null ? messageLink(channelId, id) : messageLink(channelId, id, guildId);

const hasChannel = (interaction: ModalSubmitInteraction): interaction is ModalSubmitInteraction & { channelId: string } =>
  interaction.channelId !== null;

export interface AskAboutDependencies {
  readonly api: DiscordApi;
  readonly accept: AcceptQuestion;
  readonly readFiles: FileReader;
  readonly pickedMessages: PickedMessages;
  readonly admission: Pick<Admission, 'refusalOf'>;
}

/** "Ask about this" in the menu of a message: a form for the question, and its answer where the message is. */
export const createAskAbout = ({ api, accept, readFiles, pickedMessages, admission }: AskAboutDependencies): { command: MessageCommand; onForm: OnModal } => {
  const command: MessageCommand = {
    definition: { type: ApplicationCommandType.Message, name: ASK_ABOUT_WORDS.name },
    run: async (interaction) => {
      // Nobody writes a question for nothing.
      const refusal = await admission.refusalOf(questionFromInteraction(interaction, '', false, { door: 'menu' }), true);
      if (refusal !== undefined) return tell(interaction, refusalWords(refusal).text);
      // Discord sends this message along, also where it withholds all others.
      const picked = pickedMessage(interaction.targetMessage, interaction.user.id, namesOn(interaction.client, interaction.guildId, interaction.user.id));
      if (picked === undefined) return tell(interaction, NOTHING_TO_READ_TEXT);
      await interaction.showModal(form(await pickedMessages.keep(picked)));
      return undefined;
    },
  };

  const onForm: OnModal = async (interaction, id) => {
    if (!hasChannel(interaction)) {
      await tell(interaction, PICKED_GONE_TEXT);
      return;
    }
    const text = interaction.fields.getTextInputValue(QUESTION);
    const picked = await pickedMessages.find(id);
    const isTheirs = picked?.pickedBy === interaction.user.id && picked.channelId === interaction.channelId;
    if (!isTheirs || !hasVisibleText(text)) {
      await tell(interaction, isTheirs ? EMPTY_QUESTION_TEXT : PICKED_GONE_TEXT);
      return;
    }
    const files = picked.files.map((file) => ({ ...file, origin: 'in_reply_to' as const }));
    const question = questionFromInteraction(interaction, text, false, { door: 'menu', repliedTo: picked.quoted, pointsAt: [picked.id], ...reading(files, readFiles) });
    const { token, applicationId, channelId, guildId } = interaction;
    await accept(
      question,
      createInteractionTarget(api, {
        interaction: { id: interaction.id, token, applicationId },
        channelId,
        isPrivate: false,
        canSendMessages: canSendMessages(interaction),
        preface: prefaceLine(picked.pickedBy, text, linkTo(picked, guildId)),
      }),
    );
  };

  return { command, onForm };
};
