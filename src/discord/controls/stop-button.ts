import { NOT_YOUR_ANSWER_TEXT, NOTHING_TO_STOP_TEXT } from '../texts.ts';
import { findWriting } from './find-writing.ts';
import { mayControl } from './may-control.ts';
import { tellInPrivate } from './open-press.ts';
import type { OnComponent } from '../on-interaction.ts';
import type { Running } from '../running.ts';

/** Stop: the model is told to end, and the answer ends by itself with what was written. */
export const createStopButton =
  (running: Running): OnComponent =>
  async (interaction, id) => {
    const writing = findWriting(running, id);
    if (writing === undefined || !mayControl(interaction, writing.question.asker.id)) {
      return tellInPrivate(interaction, writing === undefined ? NOTHING_TO_STOP_TEXT : NOT_YOUR_ANSWER_TEXT);
    }
    const acknowledged = interaction.deferUpdate();
    writing.cancel('stopped by a person');
    await acknowledged;
  };
