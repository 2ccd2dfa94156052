import type { Claim, Ledger } from '../../conversation/ledger.ts';
import type { Log } from '../../log/log.ts';
import type { Intake } from '../intake/intake.ts';
import type { IsOfOwnShards } from './own-shards.ts';
import type { Settle } from './settle.ts';

/** How often the ledger is looked through for questions whose process has gone, in milliseconds. */
const EVERY_MS = 15_000;

export interface SettleAbandoned {
  /** Settles what processes that are gone have left, now and from time to time. */
  start(): void;
  /** Looks now, too: a process has gone. */
  lookNow(): void;
  stop(): void;
}

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

export const createSettleAbandoned = ({ ledger, isOfOwnShards, settle, intake, isDiscordClosed, log }: SettleAbandonedDependencies): SettleAbandoned => {
  let timer: NodeJS.Timeout | undefined;
  /** How often it was asked for a look since the last one began. */
  let wanted = 0;
  let isLooking = false;

  /** In the order in which they were asked, so that their lane has that order too. */
  const settleChannel = async (claims: readonly Claim[]): Promise<void> => {
    for (const claim of claims) {
      if (intake.isOpen()) await settle(claim);
      else claim.release();
    }
  };

  const look = async (): Promise<void> => {
    clearTimeout(timer);
    [isLooking, wanted] = [true, 0];
    try {
      const claims = isDiscordClosed() ? [] : await ledger.takeAbandoned(isOfOwnShards);
      if (claims.length > 0) log.info({ questions: claims.length }, 'questions of a process that is gone are taken up');
      await Promise.all(groupBy(claims).map(settleChannel));
    } catch (error) {
      log.error({ reason: String(error) }, 'the store could not be looked through for unfinished questions; I try again');
    } finally {
      isLooking = false;
      if (intake.isOpen()) timer = setTimeout(() => void look(), wanted > 0 ? 0 : EVERY_MS).unref();
    }
  };

  return {
    start: () => void look(),
    lookNow: () => {
      wanted += 1;
      if (timer !== undefined && !isLooking && intake.isOpen()) void look();
    },
    stop: () => clearTimeout(timer),
  };
};
