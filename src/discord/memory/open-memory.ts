import { createForgetChains } from '../../conversation/forget.ts';
import { createForgetHere } from './forget-here.ts';
import { FORGET_MINE, createReset } from './reset-command.ts';
import { createWhoseMemory } from './whose-memory.ts';
import type { Interaction } from 'discord.js';
import type { Forget, ForgetDependencies } from '../../conversation/forget.ts';
import type { LedgerRow } from '../../conversation/ledger.ts';
import type { Log } from '../../log/log.ts';
import type { Command, InteractionHandlers } from '../intake/on-interaction.ts';
import type { QuestionsInProgress } from '../intake/questions-in-progress.ts';
import type { RecentResets } from '../intake/recent-resets.ts';
import type { WhoseMemoryOptions } from './whose-memory.ts';

export interface MemoryOptions extends ForgetDependencies, WhoseMemoryOptions {
  readonly forget: Forget;
  readonly inProgress: QuestionsInProgress;
  readonly resets: RecentResets;
  /** Takes buttons away that do nothing any more. Neither rejects. */
  readonly deadButtons: { in(conversationIds: readonly string[], interrupted?: readonly LedgerRow[]): Promise<void> };
  readonly log: Log;
}

/** By which people see what is remembered, and have it forgotten. */
export interface MemoryDoors {
  readonly commands: readonly Command[];
  readonly components: InteractionHandlers['components'];
  /** Ends what is being answered in a conversation that is to be forgotten, in each process: only one forgets it. */
  onHeard(interaction: Interaction): void;
}

export const createMemory = ({ scopeIn, isThread, forget, inProgress, resets, deadButtons, log, ...remembered }: MemoryOptions): MemoryDoors => {
  const { histories } = remembered;
  const onFailure = (error: unknown): void => log.error({ reason: String(error) }, 'a conversation could not be forgotten');
  const whoseMemory = createWhoseMemory({ scopeIn, isThread });
  const forgetHere = createForgetHere({ forget, forgetChains: createForgetChains(remembered, forget), inProgress, resets, onForgotten: (ids, interrupted) => deadButtons.in(ids, interrupted), onFailure });
  const reset = createReset({ whoseMemory, forgetHere, histories, inProgress, onFailure });
  return {
    commands: [reset.command],
    components: { [FORGET_MINE]: reset.onConfirm },
    onHeard: (interaction) => {
      const toForget = reset.toForget(interaction);
      if (toForget !== undefined && (interaction.isChatInputCommand() || interaction.isMessageComponent())) forgetHere.onHeard(interaction, toForget);
    },
  };
};
