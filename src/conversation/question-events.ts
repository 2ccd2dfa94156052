import type { Refusal } from './admission.ts';
import type { Events } from './events.ts';
import type { AnswerReport, Wait } from './ports.ts';
import type { Question } from './question.ts';

/**
 * What happens to a question, in the order in which it can happen. Each question is accepted once by each process that takes it
 * up, and has exactly one end there: `delivered`, `refused` or `failed` where people have its outcome, `left` or `taken-over`
 * where another process gives it to them; or it is `turned-away`, and none of the others. No message text.
 */
export type QuestionEvent = { readonly question: Question } & (
  /** It was not taken on. `isTold`: whoever asked was told so now, and not shortly before. */
  | { readonly type: 'turned-away'; readonly refusal: Refusal; readonly isTold: boolean }
  /** It is ours. `isResumed`: a process that is gone had accepted it before. */
  | { readonly type: 'accepted'; readonly isResumed: boolean }
  /** Why it has to wait, each time that this changes; undefined when it waits no more. */
  | { readonly type: 'waiting'; readonly wait: Wait | undefined }
  /** The model is called for the first time. */
  | { readonly type: 'called'; readonly waitedMs: number }
  /** The model has begun to answer. `tookMs`: since it was accepted. */
  | { readonly type: 'first-words'; readonly tookMs: number }
  | { readonly type: 'delivered' | 'refused' | 'failed'; readonly report: AnswerReport }
  | { readonly type: 'left'; readonly report: AnswerReport }
  | { readonly type: 'taken-over' }
);

export type QuestionListener = (event: QuestionEvent) => void;

/** Where all that happens to questions is told. */
export type QuestionEvents = Events<QuestionEvent>;

/** A listener for outcomes alone. */
export const onOutcome =
  (listener: (report: AnswerReport) => void): QuestionListener =>
  (event) => {
    if (event.type === 'delivered' || event.type === 'refused' || event.type === 'failed') listener(event.report);
  };
