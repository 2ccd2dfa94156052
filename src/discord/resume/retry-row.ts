import { ButtonStyle, ComponentType } from 'discord.js';
import { customId } from '../intake/on-interaction.ts';
import { TRY_AGAIN } from '../texts/answer-texts.ts';
import type { APIMessageTopLevelComponent } from 'discord.js';

/** What stands before the colon in the custom id of such a Try again button, also in messages of older versions, which called it Retry; behind it, the question's id. */
export const RETRY_KIND = 'retry';

export const retryRow = (questionId: string): readonly APIMessageTopLevelComponent[] => [
  {
    type: ComponentType.ActionRow,
    components: [{ type: ComponentType.Button, style: ButtonStyle.Primary, label: TRY_AGAIN, custom_id: customId(RETRY_KIND, questionId) }],
  },
];
