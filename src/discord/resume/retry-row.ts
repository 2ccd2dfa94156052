import { ButtonStyle, ComponentType } from 'discord.js';
import { customId } from '../on-interaction.ts';
import type { APIMessageTopLevelComponent } from 'discord.js';

/** What stands before the colon in the custom id of a Retry button; behind it, the question's id. */
export const RETRY_KIND = 'retry';

export const retryRow = (questionId: string): readonly APIMessageTopLevelComponent[] => [
  {
    type: ComponentType.ActionRow,
    components: [{ type: ComponentType.Button, style: ButtonStyle.Primary, label: 'Retry', custom_id: customId(RETRY_KIND, questionId) }],
  },
];
