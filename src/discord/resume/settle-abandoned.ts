import type { Claim, Ledger } from '../../conversation/ledger.ts';
import type { Log } from '../../log/log.ts';
import type { Intake } from '../intake/intake.ts';
import type { Looking } from './keep-looking.ts';
import type { IsOfOwnShards } from './own-shards.ts';
import type { Settle } from './settle.ts';

const EVERY_MS = 15_000;

const groupBy = (claims: readonly Claim[]): Claim[][] => [...Map.groupBy(claims, ({ row }) => row.place.channelId).values()];

export interface SettleAbandonedDependencies {
  readonly ledger: Ledger;
  readonly isOfOwnShards: IsOfOwnShards;
  readonly settle: Settle;
  readonly intake: Intake;
  /** Discord takes no requests: what is taken up now would only be put back, and count as tried. */
  readonly isDiscordClosed: () => boolean;
  readonly log: Log;
}

/** Settles the questions that processes that are gone have left. */
export const createSettleAbandoned = ({ ledger, isOfOwnShards, settle, intake, isDiscordClosed, log }: SettleAbandonedDependencies): Looking => {
  /** In the order in which they were asked, so that their lane has that order too. */
  const settleChannel = async (claims: readonly Claim[]): Promise<void> => {
    for (const claim of claims) {
      if (intake.isOpen()) await settle(claim);
      else claim.release();
    }
  };

  return {
    what: 'unfinished questions',
    everyMs: EVERY_MS,
    look: async () => {
      const claims = isDiscordClosed() ? [] : await ledger.takeAbandoned(isOfOwnShards);
      if (claims.length > 0) log.info({ questions: claims.length }, 'questions of a process that is gone are taken up');
      await Promise.all(groupBy(claims).map(settleChannel));
    },
  };
};
