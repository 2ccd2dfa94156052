import type { OutgoingMessage } from '../discord-api.ts';
import type { FailureKind } from '../../conversation/failure.ts';

/** Rows of buttons; undefined for none. The same buttons are the same object, so that nothing is sent for them twice. */
export type Buttons = OutgoingMessage['components'];

/** What stands below an answer, while it is written and once it has ended. */
export interface AnswerButtons {
  readonly whileWriting: Buttons;
  afterReply(stopReason: string): Buttons;
  afterFailure(kind: FailureKind): Buttons;
}

/** Buttons stand below the last message only. */
export const withButtons = (messages: readonly OutgoingMessage[], buttons: Buttons): readonly OutgoingMessage[] => {
  const last = messages.at(-1);
  return last === undefined || buttons === undefined ? messages : [...messages.slice(0, -1), { ...last, components: buttons }];
};
