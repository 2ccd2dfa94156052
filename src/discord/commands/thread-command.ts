import { ApplicationCommandOptionType, ChannelType, PermissionFlagsBits } from 'discord.js';
import { askedBefore } from '../../conversation/asked-before.ts';
import { toFailure } from '../../conversation/failure.ts';
import { conversationFor } from '../../conversation/scope.ts';
import { MAX_TITLE_LENGTH, threadTitle } from '../../conversation/threading.ts';
import { isGuest } from '../intake/asked-by.ts';
import { questionFromInteraction } from '../intake/question-from-interaction.ts';
import { announce, tell } from '../rest/respond.ts';
import { failureText } from '../texts/failure-text.ts';
import { refusalWords } from '../texts/refusal-texts.ts';
import { BEGINS_THREAD_TEXT, MAY_NOT_MOVE_TEXT, NO_CHAINS_TEXT, NO_THREADS_HERE_TEXT, THREAD_LACKS_TEXT, THREAD_REFUSED_TEXT, THREAD_WORDS, movedText, plainThreadTitle } from '../texts/thread-texts.ts';
import type { ChatInputCommandInteraction } from 'discord.js';
import type { Admission } from '../../conversation/admission.ts';
import type { MoveConversation } from '../../conversation/move-conversation.ts';
import type { HistoryStore } from '../../conversation/ports.ts';
import type { Question } from '../../conversation/question.ts';
import type { Scope } from '../../conversation/scope.ts';
import type { Command } from '../intake/on-interaction.ts';
import type { StartedThreads } from '../intake/started-threads.ts';
import type { StartThread } from '../rest/start-thread.ts';

export interface ThreadCommandDependencies {
  readonly admission: Pick<Admission, 'refusalOf'>;
  /** Answered from memory. */
  readonly scopeIn: (place: Pick<Question, 'guildId' | 'conversationId'>) => Scope;
  readonly startThread: StartThread;
  readonly started: Pick<StartedThreads, 'note'>;
  readonly histories: Pick<HistoryStore, 'load'>;
  readonly move: MoveConversation;
  readonly onFailure: (error: unknown) => void;
}

type InChannel = ChatInputCommandInteraction & { readonly channelId: string; readonly guildId: string };

const isInChannel = (interaction: ChatInputCommandInteraction): interaction is InChannel =>
  interaction.guildId !== null && !isGuest(interaction) && [ChannelType.GuildText, ChannelType.GuildAnnouncement].includes(interaction.channel?.type ?? ChannelType.DM);

/** `/thread`: the conversation of a channel goes on in a thread of its own, and begins anew in the channel. */
export const createThreadCommand = ({ admission, scopeIn, startThread, started, histories, move, onFailure }: ThreadCommandDependencies): Command => {
  /** Why it stays where it is; undefined where it can go. */
  const whyNot = async (interaction: ChatInputCommandInteraction, scope: Scope): Promise<string | undefined> => {
    if (!isInChannel(interaction)) return NO_THREADS_HERE_TEXT;
    if (!interaction.appPermissions.has([PermissionFlagsBits.CreatePublicThreads, PermissionFlagsBits.SendMessagesInThreads])) return THREAD_LACKS_TEXT;
    const refusal = await admission.refusalOf(questionFromInteraction(interaction, '', false, {}), true);
    if (refusal !== undefined) return refusalWords(refusal).text;
    if (scope === 'reply') return NO_CHAINS_TEXT;
    // As with /reset: it is taken away from all others there.
    return scope === 'room' && interaction.memberPermissions?.has(PermissionFlagsBits.ManageMessages) !== true ? MAY_NOT_MOVE_TEXT : undefined;
  };

  const titleOf = async (interaction: InChannel, conversationId: string): Promise<string> => {
    const asked = threadTitle(interaction.options.getString('title') ?? '');
    if (asked !== '') return asked;
    const last = (await histories.load(conversationId)).history.exchanges.at(-1);
    return last === undefined ? '' : threadTitle(askedBefore(last.turns[0]).text);
  };

  const begin = async (interaction: InChannel, scope: Scope): Promise<string> => {
    const { channelId, user } = interaction;
    const from = conversationFor(scope, { channelId, isThread: false, askerId: user.id, questionId: '' });
    const title = await titleOf(interaction, from);
    await tell(interaction, BEGINS_THREAD_TEXT, { isPublic: true });
    const { id: threadId } = await interaction.fetchReply();
    const plainTitle = plainThreadTitle(questionFromInteraction(interaction, '', false, {}).asker.name);
    started.note(threadId, channelId);
    const to = conversationFor(scope, { channelId: threadId, isThread: true, askerId: user.id, questionId: threadId });
    const questions = await move(from, to, async () => {
      const reason = await startThread({ channelId, messageId: threadId, title: title === '' ? plainTitle : title, plainTitle });
      if (reason !== undefined) onFailure(reason);
      return reason === undefined;
    });
    return questions === undefined ? THREAD_REFUSED_TEXT : movedText(questions);
  };

  return {
    definition: {
      name: 'thread',
      description: THREAD_WORDS.description,
      // Discord shows it to those who may begin threads; a server can say otherwise.
      default_member_permissions: String(PermissionFlagsBits.CreatePublicThreads),
      options: [{ type: ApplicationCommandOptionType.String, name: 'title', description: THREAD_WORDS.title, required: false, max_length: MAX_TITLE_LENGTH }],
    },
    run: async (interaction) => {
      const scope = scopeIn({ guildId: interaction.guildId ?? undefined, conversationId: interaction.channelId });
      const why = await whyNot(interaction, scope);
      if (why !== undefined || !isInChannel(interaction)) return tell(interaction, why ?? NO_THREADS_HERE_TEXT);
      await announce(interaction, { isPublic: true });
      let said: string;
      try {
        said = await begin(interaction, scope);
      } catch (error) {
        onFailure(error);
        said = failureText(toFailure(error));
      }
      await tell(interaction, said, { isPublic: true });
    },
  };
};
