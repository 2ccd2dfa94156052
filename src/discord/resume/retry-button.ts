import { setTimeout as sleep } from 'node:timers/promises';
import { FORGOTTEN } from '../../conversation/ledger.ts';
import { hasEnded } from '../../conversation/outcome.ts';
import { mayControl, refusePress } from '../controls/open-press.ts';
import { createInteractionTarget } from '../reply/interaction-target.ts';
import { announce, tell } from '../rest/respond.ts';
import { byUser } from '../intake/asked-by.ts';
import { canSendMessages, personOf } from '../intake/question-from-interaction.ts';
import { ANSWER_FORGOTTEN_TEXT, NOT_YOUR_ANSWER_TEXT, NOT_YOUR_PRICE_TEXT, RESTARTING_TEXT, RETRY_OVER_TEXT, RETRY_UNDER_WAY_TEXT } from '../texts/answer-texts.ts';
import { refusalWords } from '../texts/refusal-texts.ts';
import { takeResponseBack } from './tidy-ended.ts';
import type { MessageComponentInteraction } from 'discord.js';
import type { FailureKind } from '../../conversation/failure.ts';
import type { Admission } from '../../conversation/admission.ts';
import type { Question } from '../../conversation/question.ts';
import type { Claim, Ledger, LedgerRow, Outcome } from '../../conversation/ledger.ts';
import type { DiscordApi } from '../rest/discord-api.ts';
import type { Intake } from '../intake/intake.ts';
import type { OnComponent } from '../intake/on-interaction.ts';
import type { Settle } from './settle.ts';

export interface RetryButtonDependencies {
  readonly api: DiscordApi;
  readonly ledger: Ledger;
  readonly intake: Intake;
  readonly admission: Admission;
  readonly settle: Settle;
}

/** Why a question has ended whose files cost much. */
export const COSTS_MUCH: FailureKind = 'costs-much';

/** What was asked in private is nobody else's business, a moderator's neither; and nobody agrees to a price in another's name. */
const mayRetry = (interaction: MessageComponentInteraction, { askerId, place, reason }: LedgerRow): boolean =>
  place.isPrivate || reason === COSTS_MUCH ? interaction.user.id === askerId : mayControl(interaction, askerId);

const whyNot = (interaction: MessageComponentInteraction, row: LedgerRow | undefined, intake: Intake): string | undefined => {
  if (row === undefined) return ANSWER_FORGOTTEN_TEXT;
  if (!mayRetry(interaction, row)) return row.reason === COSTS_MUCH ? NOT_YOUR_PRICE_TEXT : NOT_YOUR_ANSWER_TEXT;
  if (!hasEnded(row)) return RETRY_UNDER_WAY_TEXT;
  if (row.canRetry !== true) return row.reason === FORGOTTEN ? ANSWER_FORGOTTEN_TEXT : RETRY_OVER_TEXT;
  return intake.isOpen() ? undefined : RESTARTING_TEXT;
};

/** As before: it can be tried again. */
const asBefore = ({ reason }: LedgerRow): Outcome => (reason === COSTS_MUCH ? { state: 'refused', reason, canRetry: true } : { state: 'failed', reason: 'interrupted', canRetry: true });

/** A row is closed a moment after its last message can be seen, in milliseconds; Discord waits three seconds for us. */
const CLOSED_WITHIN_MS = 1_000;
const LOOK_EVERY_MS = 50;

/** The row of a question whose end somebody sees. */
export const findEnded = async (ledger: Pick<Ledger, 'find'>, questionId: string): Promise<LedgerRow | undefined> => {
  for (let waitedMs = 0; ; waitedMs += LOOK_EVERY_MS) {
    const row = await ledger.find(questionId);
    if (row === undefined || hasEnded(row) || waitedMs >= CLOSED_WITHIN_MS) return row;
    await sleep(LOOK_EVERY_MS);
  }
};

/** What is known of the question before it is found again. */
const askedBy = (interaction: MessageComponentInteraction, { questionId, conversationId, place }: LedgerRow): Question => ({
  id: questionId,
  conversationId,
  guildId: interaction.guildId ?? undefined,
  asker: personOf(interaction),
  by: byUser(interaction),
  askedAt: interaction.createdTimestamp,
  text: '',
  isShared: interaction.guildId !== null && !place.isPrivate,
});

/** Tries a question again that a restart has interrupted. Its answer takes the place of the message with the button. */
export const createRetryButton = ({ api, ledger, intake, admission, settle }: RetryButtonDependencies): OnComponent => {
  const acknowledge = async (interaction: MessageComponentInteraction, claim: Claim): Promise<void> => {
    // The answer takes the place of the message itself, whatever Discord says to that.
    await announce(interaction, { isInPlace: true });
    const { isPrivate, canSendMessages: couldSend } = claim.row.place;
    if (!isPrivate && couldSend && canSendMessages(interaction)) return;
    // Only a token changes it, and that of the command may be over. What could write there when it was asked says where its answer is looked for.
    const { id, token, applicationId, channelId } = interaction;
    const place = { interaction: { id, token, applicationId }, channelId, isPrivate, canSendMessages: false };
    claim.moved(createInteractionTarget(api, place).place);
  };

  return async (interaction, questionId) => {
    const row = await findEnded(ledger, questionId);
    const why = whyNot(interaction, row, intake);
    if (why !== undefined || row === undefined) {
      await refusePress(interaction, why ?? ANSWER_FORGOTTEN_TEXT);
      return;
    }
    const claim = await ledger.reopen(questionId);
    if (claim === undefined) {
      await tell(interaction, RETRY_UNDER_WAY_TEXT);
      return;
    }
    // Its answer takes the place of the message with the button.
    if (row.isUntidy === true) void takeResponseBack(api, row.place, row.messageIds);
    // By whoever has it alone: it is counted under the id that it had before.
    const asked = askedBy(interaction, row);
    const refusal = await admission.pressed(asked);
    if (refusal !== undefined) {
      claim.end(asBefore(row));
      await refusePress(interaction, refusalWords(refusal).text);
      return;
    }
    try {
      await acknowledge(interaction, claim);
    } catch (error) {
      admission.withdraw(asked);
      // Whoever pressed it is told; taken up by itself a moment later, it would have two ends.
      claim.end(asBefore(row));
      throw error;
    }
    // Whoever may press it has read the price.
    const { ended } = await settle(claim, row.reason === COSTS_MUCH ? { isConfirmed: true } : {});
    await ended;
  };
};
