import { createHash } from 'node:crypto';
import { ButtonStyle, ComponentType } from 'discord.js';
import { customId } from '../on-interaction.ts';
import type { AnswerButtons, Buttons } from '../reply/answer-buttons.ts';

/** The kinds of buttons, as they stand in custom ids. */
export const STOP = 'stop';

/**
 * What a question's buttons are called on Discord: the same always, so that it can be found from the question as well, and
 * nothing that a client could read.
 */
export const controlId = (questionId: string): string =>
  createHash('sha256').update(`control:${questionId}`).digest('base64url').slice(0, 22);

const row = (id: string, ...labels: readonly (readonly [kind: string, label: string])[]): NonNullable<Buttons> => [
  {
    type: ComponentType.ActionRow,
    components: labels.map(([kind, label]) => ({
      type: ComponentType.Button,
      style: ButtonStyle.Secondary,
      label,
      custom_id: customId(kind, id),
    })),
  },
];

/** The buttons of one answer. An answer that is there at once never needs those of a growing one. */
export const createControlButtons = (questionId: string): AnswerButtons => {
  const id = controlId(questionId);
  let whileWriting: Buttons;
  return {
    get whileWriting() {
      return (whileWriting ??= row(id, [STOP, 'Stop']));
    },
    afterReply: () => undefined,
    afterFailure: () => undefined,
  };
};
