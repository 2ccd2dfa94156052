import { writtenOutcome } from '../../conversation/outcome.ts';
import { isTokenDead } from '../rest/delivery-error.ts';
import { persist } from '../rest/persist.ts';
import type { Claim, LedgerRow } from '../../conversation/ledger.ts';
import type { DiscordApi } from '../rest/discord-api.ts';

/** How long a response is taken back while Discord refuses that, in milliseconds; then it is tried again later. */
const TAKE_BACK_MS = 10_000;
/** So often at most: a token lives for 15 minutes, and it is looked every 15 seconds for what is to be done. */
const LAST_ATTEMPT = 60;

/**
 * Takes the first response of a command back that shows nothing of what was said: it would "think" beside that for a quarter of an hour.
 * @param messageIds those that show it
 * @returns why it is still there; undefined where it is not, or cannot be changed any more
 */
export const takeResponseBack = async (api: DiscordApi, { interaction }: LedgerRow['place'], messageIds: readonly string[]): Promise<unknown> => {
  if (interaction === undefined || interaction.token === '') return undefined;
  const takeBack = async (): Promise<void> => {
    const { messageId } = await api.getReply(interaction);
    // Behind a button, it is the message that has the button.
    const isOlder = BigInt(messageId) < BigInt(interaction.id);
    if (!isOlder && !messageIds.includes(messageId)) await api.deleteReply(interaction, '@original');
  };
  const error = await persist([takeBack], TAKE_BACK_MS);
  return isTokenDead(error) ? undefined : error;
};

/** Puts in order what a question left that has ended already. Never rejects. */
export type TidyEnded = (claim: Claim) => Promise<void>;

export const createTidyEnded =
  (api: DiscordApi): TidyEnded =>
  async (claim) => {
    const { place, messageIds, attempts } = claim.row;
    const error = await takeResponseBack(api, place, messageIds);
    const outcome = error === undefined || attempts >= LAST_ATTEMPT ? writtenOutcome(claim.row) : undefined;
    if (outcome === undefined) claim.release();
    else claim.end(outcome);
  };
