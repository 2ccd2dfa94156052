import { cutShort } from '../reply/failure-ending.ts';
import { describeDeliveryError } from '../rest/delivery-error.ts';
import { announce } from '../rest/respond.ts';
import { INTERRUPTED_TEXT, NOTHING_TO_STOP_TEXT, NOT_YOUR_ANSWER_TEXT, STOPS_SOON_TEXT } from '../texts/answer-texts.ts';
import { STOP, controlId, findWriting } from './control-buttons.ts';
import { mayControl, tellInPrivate } from './open-press.ts';
import type { Interaction, MessageComponentInteraction } from 'discord.js';
import type { Ledger, LedgerRow } from '../../conversation/ledger.ts';
import type { Log } from '../../log/log.ts';
import type { OnComponent } from '../intake/on-interaction.ts';
import type { QuestionsInProgress } from '../intake/questions-in-progress.ts';
import type { DiscordApi } from '../rest/discord-api.ts';

export interface StopDependencies {
  readonly api: Pick<DiscordApi, 'editReply'>;
  readonly inProgress: QuestionsInProgress;
  readonly ledger: Pick<Ledger, 'isOpenIn' | 'takeBack'>;
  readonly log: Log;
}

/**
 * Stop: the model is told to end, and the answer ends by itself with what was written. Where its process is gone, whoever takes it up is
 * told so. Where only a token could write and was over,
 * that end could not be told there; then the press brings a token, and its Stop goes.
 */
export const createStopButton = ({ api, inProgress, ledger, log }: StopDependencies): OnComponent => {
  /** What nobody writes any more, and what shows a Stop all the same now that the press was received, comes to its end. */
  const endDraft = async (interaction: MessageComponentInteraction): Promise<boolean> => {
    try {
      if (await ledger.isOpenIn(interaction.channelId)) return false;
      await announce(interaction, { isInPlace: true });
      const { content, components } = await interaction.fetchReply();
      if (!JSON.stringify(components).includes(`"${interaction.customId}"`)) return false;
      const ending = cutShort(content, INTERRUPTED_TEXT);
      await api.editReply(interaction, '@original', ending);
      if (!ending.content.includes(INTERRUPTED_TEXT)) await tellInPrivate(interaction, INTERRUPTED_TEXT);
      return true;
    } catch (error) {
      log.debug({ reason: describeDeliveryError(error) }, 'a Stop that does nothing any more could not be taken away');
      return false;
    }
  };

  /** What somebody is still to take up. */
  const stopSoon = async (interaction: MessageComponentInteraction, id: string): Promise<boolean> => {
    const isIt = ({ questionId, askerId, question }: LedgerRow): boolean => controlId(question?.firstAskedAs ?? questionId) === id && mayControl(interaction, askerId);
    try {
      return await ledger.takeBack(isIt, { why: 'stopped by a person', byId: undefined });
    } catch (error) {
      log.warn({ reason: describeDeliveryError(error) }, 'that an answer is to stop could not be noted');
      return false;
    }
  };

  return async (interaction, id) => {
    const writing = findWriting(inProgress, id);
    if (writing === undefined) {
      if (await stopSoon(interaction, id)) await tellInPrivate(interaction, STOPS_SOON_TEXT);
      else if (!(await endDraft(interaction))) await tellInPrivate(interaction, NOTHING_TO_STOP_TEXT);
      return;
    }
    if (!mayControl(interaction, writing.question.asker.id)) return tellInPrivate(interaction, NOT_YOUR_ANSWER_TEXT);
    const acknowledged = interaction.deferUpdate();
    writing.cancel('stopped by a person');
    await acknowledged;
  };
};

/** Whether a Stop belongs to an answer that another process writes, if any; and anything else to whoever hears that place from now on. */
export const createIsForAnother =
  (inProgress: QuestionsInProgress) =>
  (interaction: Interaction, isLeaving = false): boolean =>
    interaction.isMessageComponent() && interaction.customId.startsWith(`${STOP}:`) ? findWriting(inProgress, interaction.customId.slice(STOP.length + 1)) === undefined : isLeaving;
