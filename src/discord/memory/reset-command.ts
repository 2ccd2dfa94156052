import { ApplicationCommandOptionType, ButtonStyle, ComponentType } from 'discord.js';
import { failureText } from '../texts/failure-text.ts';
import { customId } from '../intake/on-interaction.ts';
import { conversationIn } from '../intake/question-from-interaction.ts';
import { announce, tell } from '../rest/respond.ts';
import { countQuestions } from '../../conversation/continuation.ts';
import { toFailure } from '../../conversation/failure.ts';
import { CONFIRM_LABEL, RESET_WORDS, confirmText } from '../texts/command-texts.ts';
import { mayForget } from './whose-memory.ts';
import type { APIActionRowComponent, APIButtonComponent, ChatInputCommandInteraction, Interaction, MessageComponentInteraction } from 'discord.js';
import type { HistoryStore } from '../../conversation/ports.ts';
import type { Command, OnComponent } from '../intake/on-interaction.ts';
import type { Audience } from '../rest/respond.ts';
import type { QuestionsInProgress } from '../intake/questions-in-progress.ts';
import type { ForgetHere, ToForget } from './forget-here.ts';
import type { WhoseMemory } from './whose-memory.ts';

export interface ResetDependencies {
  readonly whoseMemory: WhoseMemory;
  readonly forgetHere: ForgetHere;
  readonly histories: Pick<HistoryStore, 'load' | 'heldIn'>;
  readonly inProgress: QuestionsInProgress;
  readonly onFailure: (error: unknown) => void;
}

export interface Reset {
  readonly command: Command;
  readonly onConfirm: OnComponent;
  /** What an interaction is to forget; undefined where it is none of `/reset`, or somebody has to confirm something else first. */
  toForget(interaction: Interaction): ToForget | undefined;
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
export const createReset = ({ whoseMemory, forgetHere, histories, inProgress, onFailure }: ResetDependencies): Reset => {
  /** The button forgets what is its presser's own, whatever its id says. */
  const toForgetBy = (interaction: ResetInteraction): ToForget | undefined => {
    const isPrivate = interaction.isMessageComponent() || interaction.options.getBoolean('private') === true;
    const { whose, conversationId } = whoseMemory(interaction, isPrivate);
    if (!mayForget(interaction, whose)) return undefined;
    return { whose, conversationIds: whose === 'direct' ? [conversationId, conversationIn(interaction, true)] : [conversationId] };
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

  const reset = async (interaction: ResetInteraction, toForget: ToForget, audience: Audience): Promise<void> => {
    // Answers that are just being shown end first, and that can take longer than Discord waits.
    await announce(interaction, audience);
    await forgetHere.forget(interaction, toForget, (text) => tell(interaction, text, audience));
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
        const toForget = toForgetBy(interaction);
        await (toForget === undefined ? confirm(interaction) : reset(interaction, toForget, { isPublic: toForget.whose !== 'private' && toForget.whose !== 'own' }));
      },
    },
    onConfirm: async (interaction) => {
      const toForget = toForgetBy(interaction);
      if (toForget !== undefined) await reset(interaction, toForget, { isInPlace: true });
    },
    toForget: (heard) => {
      const interaction = asReset(heard);
      try {
        return interaction && toForgetBy(interaction);
      } catch {
        // It is of another version, which whoever handles it will tell.
        return undefined;
      }
    },
  };
};
