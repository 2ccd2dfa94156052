import { ApplicationCommandType, Message, PermissionFlagsBits } from 'discord.js';
import { announce, tell } from '../rest/respond.ts';
import { ANSWER_DELETED_TEXT, ANSWER_FORGOTTEN_ONLY_TEXT, FORGOTTEN_SOON_TEXT, NOT_MY_ANSWER_TEXT, NOT_YOURS_TO_DELETE_TEXT, PRIVATE_ANSWER_FORGOTTEN_TEXT } from '../texts/answer-texts.ts';
import { DELETE_ANSWER_WORDS } from '../texts/command-texts.ts';
import { controlId, findWriting } from './control-buttons.ts';
import type { APIMessage, MessageContextMenuCommandInteraction } from 'discord.js';
import type { ShownAnswers } from '../../conversation/shown-answer.ts';
import type { MessageCommand } from '../intake/on-interaction.ts';
import type { QuestionsInProgress } from '../intake/questions-in-progress.ts';
import type { DeleteAnswer } from './delete-answer.ts';
import type { Deletable, FindAnswer } from './find-answer.ts';

export interface DeleteAnswerCommandDependencies {
  readonly inProgress: QuestionsInProgress;
  readonly shownAnswers: ShownAnswers;
  readonly findAnswer: FindAnswer;
  readonly deleteAnswer: DeleteAnswer;
}

interface Target {
  readonly id: string;
  readonly isOurs: boolean;
  /** Who used the command that it answers, or wrote the message that it replies to, as Discord tells. */
  readonly askerId: string | undefined;
  /** What its answer may be kept under, the likeliest first. */
  readonly controlIds: readonly string[];
  readonly questionIds: readonly string[];
}

interface Traces extends Pick<Target, 'askerId'> {
  readonly authorId: string;
  readonly components: readonly unknown[];
  /** What it may answer: an interaction, a message. */
  readonly questionIds: readonly (string | undefined)[];
}

/** From a channel that discord.js does not know, a message comes as Discord sent it. */
const tracesOf = (message: Message | APIMessage): Traces => {
  if (message instanceof Message) {
    const { author, components, interactionMetadata: asked, reference, mentions } = message;
    const askerId = asked?.user.id ?? mentions.repliedUser?.id;
    return { authorId: author.id, components: components.map((row) => row.toJSON()), questionIds: [asked?.id, reference?.messageId], askerId };
  }
  const { author, components = [], interaction_metadata: asked, message_reference: reference, referenced_message: repliedTo } = message;
  return { authorId: author.id, components, questionIds: [asked?.id, reference?.message_id], askerId: asked?.user.id ?? repliedTo?.author.id };
};

const targetOf = ({ targetMessage, client }: MessageContextMenuCommandInteraction): Target => {
  const { authorId, components, questionIds, askerId } = tracesOf(targetMessage);
  const inButtons = [...JSON.stringify(components).matchAll(/"custom_id":"\w+:([\w-]{22})"/gu)].map(([, id]) => id ?? '');
  // What was interrupted has its question's id in its button.
  const toTryAgain = [...JSON.stringify(components).matchAll(/"custom_id":"\w+:(\d{1,20})"/gu)].map(([, id]) => id ?? '');
  const ofQuestions = [...questionIds.filter((id) => id !== undefined), ...toTryAgain];
  return { id: targetMessage.id, isOurs: authorId === client.user.id, askerId, controlIds: [...inButtons, ...ofQuestions.map(controlId)], questionIds: ofQuestions };
};

/**
 * "Delete this answer" in the menu of a message: takes an answer away, as if its question had been deleted, for whoever asked and
 * for those who manage messages. The question of a command cannot be deleted, as there is no message of it.
 */
export const createDeleteAnswerCommand = ({ inProgress, shownAnswers, findAnswer, deleteAnswer }: DeleteAnswerCommandDependencies): MessageCommand => {
  const findShown = async ({ id, controlIds, questionIds }: Target): Promise<Deletable | undefined> => {
    for (const candidate of controlIds) {
      const found = await shownAnswers.find(candidate);
      if (found?.messageIds.includes(id) === true) return found;
    }
    // One of several messages, in front of the one with the buttons.
    for await (const answer of shownAnswers.all()) if (answer.messageIds.includes(id)) return answer;
    for (const questionId of questionIds) {
      const found = await findAnswer(questionId);
      if (found?.messageIds.includes(id) === true) return found;
    }
    return undefined;
  };

  /** What tells only of itself: a sentence instead of an answer, which nothing is remembered of. */
  const deleteOne = (channelId: string, messageId: string): Promise<boolean> => deleteAnswer.messages({ questionId: messageId, channelId, isPrivate: false }, [messageId]);

  return {
    definition: { type: ApplicationCommandType.Message, name: DELETE_ANSWER_WORDS.name },
    run: async (interaction) => {
      const target = targetOf(interaction);
      const mayDelete = (askerId: string | undefined): boolean =>
        askerId === interaction.user.id || interaction.memberPermissions?.has(PermissionFlagsBits.ManageMessages) === true;
      if (!target.isOurs) return tell(interaction, NOT_MY_ANSWER_TEXT);
      await announce(interaction);
      const writing = target.controlIds.map((id) => findWriting(inProgress, id)).find((found) => found !== undefined);
      if (writing !== undefined) {
        if (!mayDelete(writing.question.asker.id)) return tell(interaction, NOT_YOURS_TO_DELETE_TEXT);
        // When it has ended, its messages are taken away.
        writing.cancel('question deleted');
        await writing.ended;
        const { question, target: { channelId, place: { isPrivate } } } = writing;
        // Of a private one this tells whether it is gone.
        const isGone = !isPrivate || (await deleteAnswer.messages({ questionId: question.id, channelId, isPrivate }, [target.id]));
        return tell(interaction, isGone ? ANSWER_DELETED_TEXT : PRIVATE_ANSWER_FORGOTTEN_TEXT);
      }
      const answer = await findShown(target);
      if (!mayDelete(answer?.asker.id ?? target.askerId)) return tell(interaction, NOT_YOURS_TO_DELETE_TEXT);
      const { areGone, isForgotten } = answer === undefined ? { areGone: await deleteOne(interaction.channelId, target.id), isForgotten: true } : await deleteAnswer.answer(answer);
      if (!isForgotten) return tell(interaction, FORGOTTEN_SOON_TEXT);
      if (areGone) return tell(interaction, ANSWER_DELETED_TEXT);
      return tell(interaction, answer?.isPrivate === true ? PRIVATE_ANSWER_FORGOTTEN_TEXT : ANSWER_FORGOTTEN_ONLY_TEXT);
    },
  };
};
