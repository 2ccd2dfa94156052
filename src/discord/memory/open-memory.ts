import { createForgetChains } from '../../conversation/forget.ts';
import { ApplicationCommandOptionType } from 'discord.js';
import { loadLater } from '../../process/load-later.ts';
import { MEMORY_WORDS } from '../texts/memory-texts.ts';
import { createForgetHere } from './forget-here.ts';
import { MEMORY, readMemoryId, toForgetAt } from './memory-id.ts';
import { FORGET_MINE, createReset } from './reset-command.ts';
import { createWhoseMemory } from './whose-memory.ts';
import type { Interaction } from 'discord.js';
import type { Forget, ForgetDependencies } from '../../conversation/forget.ts';
import type { LedgerRow } from '../../conversation/ledger.ts';
import type { Log } from '../../log/log.ts';
import type { Command, InteractionHandlers } from '../intake/on-interaction.ts';
import type { QuestionsInProgress } from '../intake/questions-in-progress.ts';
import type { RecentResets } from '../intake/recent-resets.ts';
import type { ToForget } from './forget-here.ts';
import type { MemoryCommandDependencies } from './memory-command.ts';
import type { WhoseMemoryOptions } from './whose-memory.ts';

export interface MemoryOptions extends ForgetDependencies, WhoseMemoryOptions {
  readonly forget: Forget;
  readonly ledger: ForgetDependencies['ledger'] & MemoryCommandDependencies['ledger'];
  readonly inProgress: QuestionsInProgress;
  readonly resets: RecentResets;
  /** Takes buttons away that do nothing any more. Neither rejects. */
  readonly deadButtons: { in(conversationIds: readonly string[], interrupted?: readonly LedgerRow[]): Promise<void> };
  /** Takes a question with its answers out of what is remembered, see `controls/undo-answer.ts`. */
  readonly undoAnswer: MemoryCommandDependencies['undo'];
  /** How long an exchange is remembered, in milliseconds. */
  readonly historyMs: number;
  /** Milliseconds since the epoch, by Discord's clock. */
  readonly now: () => number;
  readonly log: Log;
}

/** By which people see what is remembered, and have it forgotten. */
export interface MemoryDoors {
  readonly commands: readonly Command[];
  readonly components: InteractionHandlers['components'];
  /** Ends what is being answered in a conversation that is to be forgotten, in each process: only one forgets it. */
  onHeard(interaction: Interaction): void;
}

export const createMemory = ({ scopeIn, isThread, forget, inProgress, resets, deadButtons, undoAnswer, historyMs, now, log, ...remembered }: MemoryOptions): MemoryDoors => {
  const { histories } = remembered;
  const onFailure = (error: unknown): void => log.error({ reason: String(error) }, 'a conversation could not be forgotten');
  const whoseMemory = createWhoseMemory({ scopeIn, isThread });
  const forgetHere = createForgetHere({ forget, forgetChains: createForgetChains(remembered, forget), inProgress, ledger: remembered.ledger, resets, onForgotten: (ids, interrupted) => deadButtons.in(ids, interrupted), onFailure });
  const reset = createReset({ whoseMemory, forgetHere, histories, inProgress, onFailure });
  // Most processes are never asked for it.
  const memory = loadLater(async () => {
    const { createMemoryCommand } = await import('./memory-command.ts');
    const made = createMemoryCommand({ whoseMemory, forgetHere, histories, inProgress, ledger: remembered.ledger, undo: undoAnswer, historyMs, now, log });
    return () => Promise.resolve(made);
  });

  const toForgetBy = (interaction: Interaction): ToForget | undefined => {
    if (!interaction.isMessageComponent() || !interaction.customId.startsWith(`${MEMORY}:`)) return reset.toForget(interaction);
    const id = readMemoryId(interaction.customId.slice(MEMORY.length + 1));
    return id?.action === 'sure' ? toForgetAt(whoseMemory, interaction, id.where) : undefined;
  };

  return {
    commands: [
      reset.command,
      {
        definition: {
          name: 'memory',
          description: MEMORY_WORDS.description,
          options: [{ type: ApplicationCommandOptionType.Boolean, name: 'private', description: MEMORY_WORDS.private, required: false }],
        },
        run: async (interaction) => (await memory()).run(interaction),
      },
    ],
    components: { [FORGET_MINE]: reset.onConfirm, [MEMORY]: async (interaction, id) => (await memory()).onPress(interaction, id) },
    onHeard: (interaction) => {
      const toForget = toForgetBy(interaction);
      if (toForget !== undefined && (interaction.isChatInputCommand() || interaction.isMessageComponent())) forgetHere.onHeard(interaction, toForget);
    },
  };
};
