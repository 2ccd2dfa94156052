import { ApplicationCommandOptionType, ButtonStyle, ComponentType, InteractionContextType, PermissionFlagsBits } from 'discord.js';
import { failureText } from '../texts/failure-text.ts';
import { customId } from '../intake/on-interaction.ts';
import { conversationIn, isGuestOnServer } from '../intake/question-from-interaction.ts';
import { announce, tell } from '../rest/respond.ts';
import { countQuestions } from '../../conversation/continuation.ts';
import { toFailure } from '../../conversation/failure.ts';
import { chainsAround, chainsIn, conversationFor } from '../../conversation/scope.ts';
import { CONFIRM_LABEL, RESET_WORDS, confirmText, resetText } from '../texts/command-texts.ts';
import type { APIActionRowComponent, APIButtonComponent, ChatInputCommandInteraction, Interaction, MessageComponentInteraction } from 'discord.js';
import type { Forget, ForgetChains, Forgotten } from '../../conversation/forget.ts';
import type { LedgerRow } from '../../conversation/ledger.ts';
import type { HistoryStore } from '../../conversation/ports.ts';
import type { Question } from '../../conversation/question.ts';
import type { Scope } from '../../conversation/scope.ts';
import type { Command, OnComponent } from '../intake/on-interaction.ts';
import type { RecentResets } from '../intake/recent-resets.ts';
import type { Audience } from '../rest/respond.ts';
import type { QuestionsInProgress } from '../intake/questions-in-progress.ts';
import type { Whose } from '../texts/command-texts.ts';

export interface ResetDependencies {
  readonly forget: Forget;
  readonly forgetChains: ForgetChains;
  /** Answered from memory. */
  readonly scopeIn: (place: Pick<Question, 'guildId' | 'conversationId'>) => Scope;
  readonly isThread: (channelId: string) => boolean;
  readonly histories: Pick<HistoryStore, 'load' | 'heldIn'>;
  readonly inProgress: QuestionsInProgress;
  readonly resets: RecentResets;
  /** Hears which conversations were forgotten, with all that buttons need to know. Never rejects. */
  readonly onForgotten: (conversationIds: readonly string[], interrupted: readonly LedgerRow[]) => Promise<void>;
  readonly onFailure: (error: unknown) => void;
}

export interface Reset {
  readonly command: Command;
  readonly onConfirm: OnComponent;
  /** Ends what is being answered in a conversation that is to be forgotten, in each process: only one forgets it. */
  onHeard(interaction: Interaction): void;
}

/** The kind of the button that confirms, as it stands in custom ids. */
export const FORGET_MINE = 'forget-mine';

const CONFIRM_ROW: APIActionRowComponent<APIButtonComponent> = {
  type: ComponentType.ActionRow,
  components: [{ type: ComponentType.Button, style: ButtonStyle.Danger, label: CONFIRM_LABEL, custom_id: customId(FORGET_MINE, '') }],
};

type ResetInteraction = ChatInputCommandInteraction | MessageComponentInteraction;

const asReset = (interaction: Interaction): ResetInteraction | undefined => {
  if (interaction.isChatInputCommand()) return interaction.commandName === 'reset' ? interaction : undefined;
  return interaction.isMessageComponent() && interaction.customId.startsWith(`${FORGET_MINE}:`) ? interaction : undefined;
};

/** `/reset`: a shared conversation for those who manage messages, and one's own for everybody. */
export const createReset = ({ forget, forgetChains, scopeIn, isThread, histories, inProgress, resets, onForgotten, onFailure }: ResetDependencies): Reset => {
  /** What is asked there by somebody belongs to: all that is shared there, all chains of replies, or what is their own. */
  const scopeOf = ({ channelId, guildId, user }: ResetInteraction): { readonly whose: 'shared' | 'chains' | 'own'; readonly id: string } => {
    const scope = scopeIn({ guildId: guildId ?? undefined, conversationId: channelId });
    if (scope === 'reply') return { whose: 'chains', id: chainsIn(channelId) };
    const id = conversationFor(scope, { channelId, isThread: isThread(channelId), askerId: user.id, questionId: '' });
    return { whose: id === channelId ? 'shared' : 'own', id };
  };

  /**
   * What an interaction is to forget; undefined where somebody has to confirm something else first. Where there are no
   * moderators, whoever is there may. The button forgets what is its presser's own, whatever its id says.
   */
  const whoseOf = (interaction: ResetInteraction): Whose | undefined => {
    if (interaction.isMessageComponent() || interaction.options.getBoolean('private') === true || isGuestOnServer(interaction)) return 'private';
    if (interaction.guildId === null && interaction.context !== InteractionContextType.PrivateChannel) return 'direct';
    const { whose } = scopeOf(interaction);
    if (whose === 'own' || interaction.guildId === null) return whose;
    return interaction.memberPermissions?.has(PermissionFlagsBits.ManageMessages) === true ? whose : undefined;
  };

  /** The same; undefined also where it is of another version, which whoever handles it will tell. */
  const whoseIfKnown = (interaction: ResetInteraction): Whose | undefined => {
    try {
      return whoseOf(interaction);
    } catch {
      return undefined;
    }
  };

  const conversationsOf = (interaction: ResetInteraction, whose: Whose): readonly string[] => {
    const [shared, mine] = [conversationIn(interaction, false), conversationIn(interaction, true)];
    if (whose === 'direct') return [shared, mine];
    return [whose === 'private' ? mine : scopeOf(interaction).id];
  };

  /** How many questions an interaction has ended here. */
  const ended = new WeakMap<ResetInteraction, number>();

  const forgetAll = async (whose: Whose, conversations: readonly string[]): ReturnType<ForgetChains> => {
    if (whose === 'chains') return forgetChains(conversations[0] ?? '');
    let all: Forgotten = { wasAny: false, questions: 0, interrupted: [] };
    for (const conversation of conversations) {
      const { wasAny, questions, interrupted } = await forget(conversation);
      all = { wasAny: all.wasAny || wasAny, questions: all.questions + questions, interrupted: [...all.interrupted, ...interrupted] };
    }
    return { ...all, conversationIds: conversations };
  };

  const orFailure = async <Result>(work: () => Promise<Result>): Promise<Result | string> => {
    try {
      return await work();
    } catch (error) {
      onFailure(error);
      return failureText(toFailure(error));
    }
  };

  /** Whether there is anything of a conversation that cannot be read. */
  const isAside = async (conversation: string): Promise<boolean> => (await histories.heldIn(conversation)).includes(conversation);

  const reset = async (interaction: ResetInteraction, whose: Whose, audience: Audience): Promise<void> => {
    // Answers that are just being shown end first, and that can take longer than Discord waits.
    await announce(interaction, audience);
    const conversations = conversationsOf(interaction, whose);
    const forgotten = await orFailure(() => forgetAll(whose, conversations));
    const isDone = typeof forgotten !== 'string';
    try {
      await tell(interaction, isDone ? resetText(whose, forgotten, ended.get(interaction) ?? 0) : forgotten, audience);
    } finally {
      void onForgotten(isDone ? forgotten.conversationIds : conversations, isDone ? forgotten.interrupted : []);
    }
  };

  const confirm = async (interaction: ChatInputCommandInteraction): Promise<void> => {
    await announce(interaction);
    const mine = conversationIn(interaction, true);
    const found = await orFailure(async () => (await histories.load(mine)).history);
    if (typeof found === 'string') return tell(interaction, found);
    const isThere = found.exchanges.length > 0 || inProgress.all().some(({ question }) => question.conversationId === mine) || (await isAside(mine));
    return isThere ? tell(interaction, confirmText(countQuestions(found)), { buttons: [CONFIRM_ROW] }) : tell(interaction, confirmText(undefined));
  };

  return {
    command: {
      definition: {
        name: 'reset',
        description: RESET_WORDS.description,
        options: [
          {
            type: ApplicationCommandOptionType.Boolean,
            name: 'private',
            description: RESET_WORDS.private,
            required: false,
          },
        ],
      },
      run: async (interaction) => {
        const whose = whoseOf(interaction);
        await (whose === undefined ? confirm(interaction) : reset(interaction, whose, { isPublic: whose !== 'private' && whose !== 'own' }));
      },
    },
    onConfirm: (interaction) => reset(interaction, 'private', { isInPlace: true }),
    onHeard: (heard) => {
      const interaction = asReset(heard);
      const whose = interaction && whoseIfKnown(interaction);
      if (interaction === undefined || whose === undefined) return;
      const conversations = conversationsOf(interaction, whose);
      const under = inProgress.all().filter(({ question: { conversationId }, signal }) => !signal.aborted && conversations.some((one) => one === conversationId || one === chainsAround(conversationId)));
      for (const conversation of conversations) resets.add(conversation, interaction.user.id);
      for (const { cancel } of under) cancel('conversation reset', interaction.user.id);
      // The rest of an answer is no question of its own.
      ended.set(interaction, under.filter(({ question }) => question.behind === undefined).length);
    },
  };
};
