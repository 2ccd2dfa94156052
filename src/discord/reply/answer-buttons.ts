import type { OutgoingMessage } from '../rest/discord-api.ts';
import type { FailureKind } from '../../conversation/failure.ts';
import type { Place } from '../../conversation/ledger.ts';
import type { AnswerReport } from '../../conversation/ports.ts';
import type { Question } from '../../conversation/question.ts';

/** Rows of buttons; undefined for none. The same buttons are the same object, so that nothing is sent for them twice. */
export type Buttons = OutgoingMessage['components'];

/** What stands below an answer, while it is written and once it has ended. */
export interface AnswerButtons {
  whileWriting(): Buttons;
  afterReply(stopReason: string): Buttons;
  afterFailure(kind: FailureKind): Buttons;
}

/** Buttons stand below the last message only. */
export const withButtons = (messages: readonly OutgoingMessage[], buttons: Buttons): readonly OutgoingMessage[] => {
  const last = messages.at(-1);
  return last === undefined || buttons === undefined ? messages : [...messages.slice(0, -1), { ...last, components: buttons }];
};

export interface EndedAnswer {
  readonly report: AnswerReport;
  readonly place: Place;
  /** The messages that show it, or the part of it that was written. */
  readonly messageIds: readonly string[];
  /** Those say only why there is no answer. */
  readonly isNotice?: boolean;
  /** Whoever asked deleted the question meanwhile. */
  readonly isQuestionDeleted: boolean;
}

/** What makes an answer one that can be controlled: its buttons, and what they need to know later. */
export interface AnswerControls {
  buttons(question: Question): AnswerButtons;
  /** Keeps what the buttons of an ended answer need, and takes the answer away that it replaces. Never rejects. */
  keep(ended: EndedAnswer): Promise<void>;
  /** Whether an answer's end is being shown: it can be controlled in a moment. @param id as in its buttons */
  isEnding(id: string): boolean;
  /** Whether a question was deleted before it was taken on. */
  wasDeleted(question: Question): boolean;
  /** Tells that a question was edited while it is answered. @param questionId what it stays known as */
  noteEdit(questionId: string): void;
  /** The files of a question that was asked not long ago, where Discord still has them. */
  recentFiles(questionId: string): Question['readFiles'];
}
