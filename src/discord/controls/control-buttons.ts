import { hash } from 'node:crypto';
import { ButtonStyle, ComponentType } from 'discord.js';
import { originOf } from '../../conversation/question.ts';
import { nextPlace } from '../../conversation/siblings.ts';
import { customId } from '../intake/on-interaction.ts';
import { TRY_AGAIN } from '../texts/answer-texts.ts';
import { BUTTON_LABELS } from '../texts/command-texts.ts';
import type { APIButtonComponentWithCustomId } from 'discord.js';
import type { FailureKind } from '../../conversation/failure.ts';
import type { Question } from '../../conversation/question.ts';
import type { SiblingPlace } from '../../conversation/siblings.ts';
import type { AnswerButtons, Buttons } from '../reply/answer-buttons.ts';
import type { QuestionInProgress, QuestionsInProgress } from '../intake/questions-in-progress.ts';

/** The kinds of buttons, as they stand in custom ids. */
export const STOP = 'stop';
export const REGENERATE = 'regenerate';
export const CONTINUE = 'continue';
export const PAGE = 'page';
/** Behind the colon of these two stands the question's own id. */
export const CONFIRM = 'confirm';
export const DECLINE = 'decline';
/** The same yes where the question is asked anew, as it had no answer before. */
export const CONFIRM_ANEW = 'confirm-anew';

/** Questions whose name is kept: each is asked for it at its beginning and at its end, and all that are being answered with each press. */
const MOST_KNOWN = 1_000;
const known = new Map<string, string>();

/**
 * What a question's buttons are called on Discord: always the same, so that the answer is also found from the question, and
 * nothing that a client could read.
 * @param questionId what the question stays known as
 */
export const controlId = (questionId: string): string => {
  const before = known.get(questionId);
  if (before !== undefined) return before;
  const id = hash('sha256', `control:${questionId}`, 'base64url').slice(0, 22);
  known.set(questionId, id);
  if (known.size > MOST_KNOWN) known.delete(known.keys().next().value ?? '');
  return id;
};

type Button = readonly [kind: string, label: string, id?: string, isDisabled?: boolean];

const component = (id: string, [kind, label, behind = id, disabled = false]: Button): APIButtonComponentWithCustomId => {
  const button = { type: ComponentType.Button, style: ButtonStyle.Secondary, label, custom_id: customId(kind, behind) } as const;
  return disabled ? { ...button, disabled } : button;
};

const row = (id: string, ...buttons: readonly Button[]): NonNullable<Buttons> => [{ type: ComponentType.ActionRow, components: buttons.map((button) => component(id, button)) }];

/** What an ended answer offers. */
export interface Offer {
  /** The question was edited since it was answered. */
  readonly isEdited: boolean;
  /** The model had more to say. */
  readonly isCutOff: boolean;
  /** Which of several answers it is. */
  readonly sibling?: SiblingPlace | undefined;
}

/** To an answer by its number, from one of them; the button in the middle only says which is shown. */
const pageButtons = (id: string, { number, count }: SiblingPlace): readonly Button[] => [
  [PAGE, BUTTON_LABELS.earlier, `${id}.${number - 1}`, number === 1],
  [PAGE, `${number}/${count}`, `${id}.${number}`, true],
  [PAGE, BUTTON_LABELS.later, `${id}.${number + 1}`, number === count],
];

/** What stands behind the kind of a button that shows another answer; undefined where it is none of ours. */
export const pageIn = (text: string): { readonly id: string; readonly number: number } | undefined => {
  const [, id = '', number = ''] = /^([\w-]{22})\.(\d{1,3})$/u.exec(text) ?? [];
  return id === '' ? undefined : { id, number: Number(number) };
};

export const offerButtons = (id: string, { isEdited, isCutOff, sibling }: Offer): NonNullable<Buttons> =>
  row(
    id,
    ...(sibling === undefined || sibling.count === 1 ? [] : pageButtons(id, sibling)),
    [REGENERATE, isEdited ? BUTTON_LABELS.regenerateEdited : BUTTON_LABELS.regenerate],
    ...(isCutOff ? [[CONTINUE, BUTTON_LABELS.continue] as const] : []),
  );

/** Failures that the same question meets again, whenever it is asked; or that nobody can read, or whose question is forgotten. */
const LASTING = new Set<FailureKind>(['too-long', 'beyond-quota', 'guardrail', 'files-unreadable', 'costs-much', 'file-refused', 'request-refused', 'settings-refused', 'checks-refused', 'undeliverable', 'reset', 'withdrawn']);

export const canTryAgain = (kind: FailureKind): boolean => !LASTING.has(kind);

/** Whether asking the model to go on gets the rest of an answer. A full context leaves no room for it. */
export const isCutOff = (stopReason: string): boolean => stopReason === 'max_tokens';

/** The buttons of one answer. An answer that is there at once never needs those of a growing one. */
class ControlButtons implements AnswerButtons {
  readonly id: string;
  readonly #isEdited: () => boolean;
  readonly #sibling: SiblingPlace | undefined;
  readonly #questionId: string;
  readonly #isAnew: boolean;
  readonly #isConfirmed: boolean;
  #whileWriting: Buttons;

  constructor(question: Question, isEdited: () => boolean) {
    this.id = controlId(originOf(question));
    this.#questionId = question.id;
    this.#isAnew = question.firstAskedAs !== undefined;
    this.#isConfirmed = question.isConfirmed === true;
    this.#isEdited = isEdited;
    this.#sibling = nextPlace(question.answers);
  }

  whileWriting(): Buttons {
    return (this.#whileWriting ??= row(this.id, [STOP, BUTTON_LABELS.stop]));
  }

  afterReply(stopReason: string): Buttons {
    return offerButtons(this.id, { isEdited: this.#isEdited(), isCutOff: isCutOff(stopReason), sibling: this.#sibling });
  }

  afterFailure(kind: FailureKind): Buttons {
    if (kind === 'costs-much') return this.#yesOrNo();
    if (!canTryAgain(kind)) return undefined;
    const isEdited = this.#isEdited();
    if (kind === 'stopped' || isEdited) return offerButtons(this.id, { isEdited, isCutOff: false });
    // Whoever has said yes is not asked again.
    return row(this.id, [this.#isConfirmed ? CONFIRM_ANEW : REGENERATE, TRY_AGAIN]);
  }

  #yesOrNo(): Buttons {
    const no = [DECLINE, BUTTON_LABELS.decline, this.#questionId] as const;
    return this.#isAnew ? row(this.id, [CONFIRM_ANEW, BUTTON_LABELS.confirm], no) : row(this.#questionId, [CONFIRM, BUTTON_LABELS.confirm], no);
  }
}

export const createControlButtons = (question: Question, isEdited: () => boolean): AnswerButtons & { readonly id: string } => new ControlButtons(question, isEdited);

/** The running question whose answer has these buttons. */
export const findWriting = (inProgress: QuestionsInProgress, id: string): QuestionInProgress | undefined =>
  inProgress.all().find(({ question }) => controlId(originOf(question)) === id);
