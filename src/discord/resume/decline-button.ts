import { hasEnded } from '../../conversation/outcome.ts';
import { ANSWER_FORGOTTEN_TEXT, DECLINED_TEXT, NOT_YOUR_PRICE_TEXT, RETRY_OVER_TEXT, RETRY_UNDER_WAY_TEXT } from '../texts/answer-texts.ts';
import { refusePress } from '../controls/open-press.ts';
import { COSTS_MUCH, findEnded } from './retry-button.ts';
import type { Ledger } from '../../conversation/ledger.ts';
import type { OnComponent } from '../intake/on-interaction.ts';

/** No to what files cost: the question has ended already, and its buttons go. */
export const createDeclineButton =
  (ledger: Pick<Ledger, 'find'>): OnComponent =>
  async (interaction, questionId) => {
    const row = await findEnded(ledger, questionId);
    if (row === undefined) return refusePress(interaction, ANSWER_FORGOTTEN_TEXT);
    if (interaction.user.id !== row.askerId) return refusePress(interaction, NOT_YOUR_PRICE_TEXT);
    if (!hasEnded(row)) return refusePress(interaction, RETRY_UNDER_WAY_TEXT);
    if (row.reason !== COSTS_MUCH || interaction.message.content.endsWith(DECLINED_TEXT)) return refusePress(interaction, RETRY_OVER_TEXT);
    await interaction.update({ content: `${interaction.message.content}\n${DECLINED_TEXT}`, components: [] });
  };
