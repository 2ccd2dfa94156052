import { failureText } from '../texts/failure-text.ts';
import { toFailure } from '../../conversation/failure.ts';
import { chainsAround } from '../../conversation/scope.ts';
import { resetText } from '../texts/command-texts.ts';
import type { Forget, ForgetChains, Forgotten } from '../../conversation/forget.ts';
import type { Ledger, LedgerRow } from '../../conversation/ledger.ts';
import type { RecentResets } from '../intake/recent-resets.ts';
import type { QuestionsInProgress } from '../intake/questions-in-progress.ts';
import type { Whose } from '../texts/command-texts.ts';
import type { Here } from './whose-memory.ts';

/** What somebody wants forgotten, and may. */
export interface ToForget {
  readonly whose: Whose;
  /** Of all chains of replies of a channel, their common name. */
  readonly conversationIds: readonly string[];
}

export interface ForgetHereDependencies {
  readonly forget: Forget;
  readonly forgetChains: ForgetChains;
  readonly inProgress: QuestionsInProgress;
  readonly ledger: Pick<Ledger, 'openElsewhere'>;
  readonly resets: RecentResets;
  /** Hears which conversations were forgotten, with all that buttons need to know. Never rejects. */
  readonly onForgotten: (conversationIds: readonly string[], interrupted: readonly LedgerRow[]) => Promise<void>;
  readonly onFailure: (error: unknown) => void;
}

/** The one way in which people have conversations forgotten, by a command or by a button. */
export interface ForgetHere {
  /** Ends what is being answered there, in each process that hears of it: only one forgets. */
  onHeard(interaction: Here, toForget: ToForget): void;
  /** Forgets, says so, and then has the buttons taken away that need what is forgotten. @param say gets what became of it, and whether anything did */
  forget(interaction: Here, toForget: ToForget, say: (text: string, wasAny: boolean) => Promise<void>): Promise<void>;
}

export const createForgetHere = ({ forget, forgetChains, inProgress, ledger, resets, onForgotten, onFailure }: ForgetHereDependencies): ForgetHere => {
  /** How many questions an interaction has ended, in all processes. */
  const ended = new WeakMap<Here, Promise<number>>();

  /** The rest of an answer is no question of its own. */
  const countElsewhere = async (conversationIds: readonly string[]): Promise<number> => {
    const rows = await Promise.all(conversationIds.map((conversationId) => ledger.openElsewhere(conversationId, true)));
    return rows.flat().filter(({ question }) => question?.behind === undefined).length;
  };

  const forgetAll = async ({ whose, conversationIds }: ToForget): ReturnType<ForgetChains> => {
    if (whose === 'chains') return forgetChains(conversationIds[0] ?? '');
    let all: Forgotten = { wasAny: false, questions: 0, interrupted: [] };
    for (const conversationId of conversationIds) {
      const { wasAny, questions, interrupted } = await forget(conversationId);
      all = { wasAny: all.wasAny || wasAny, questions: all.questions + questions, interrupted: [...all.interrupted, ...interrupted] };
    }
    return { ...all, conversationIds };
  };

  return {
    onHeard: (interaction, { conversationIds }) => {
      const under = inProgress.all().filter(({ question: { conversationId }, signal }) => !signal.aborted && conversationIds.some((one) => one === conversationId || one === chainsAround(conversationId)));
      for (const conversationId of conversationIds) resets.add(conversationId, interaction.user.id);
      for (const { cancel } of under) cancel('conversation reset', interaction.user.id);
      const here = under.filter(({ question }) => question.behind === undefined).length;
      // Others have heard of it at this moment, too. Where the store does not tell, nothing is forgotten either.
      ended.set(interaction, countElsewhere(conversationIds).then((elsewhere) => here + elsewhere, () => here));
    },
    forget: async (interaction, toForget, say) => {
      let forgotten: Awaited<ReturnType<ForgetChains>> | undefined;
      let text: string;
      const endedNow = (await ended.get(interaction)) ?? 0;
      try {
        forgotten = await forgetAll(toForget);
        text = resetText(toForget.whose, forgotten, endedNow);
      } catch (error) {
        onFailure(error);
        text = failureText(toFailure(error));
      }
      try {
        await say(text, forgotten !== undefined && (forgotten.wasAny || endedNow > 0));
      } finally {
        void onForgotten(forgotten?.conversationIds ?? toForget.conversationIds, forgotten?.interrupted ?? []);
      }
    },
  };
};
