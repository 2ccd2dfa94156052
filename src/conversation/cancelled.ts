/** Why a question that was accepted is not answered any further. */
export type WhyCancelled =
  /** The asker or a moderator pressed Stop. */
  | 'stopped by a person'
  /** The question's message was deleted. */
  | 'question deleted'
  /** Whoever asked it changed it, before the model was asked, into something that asks nothing. */
  | 'question withdrawn'
  /** Somebody deleted the answer's message. */
  | 'answer deleted'
  /** The answer's channel is gone, or closed to us. */
  | 'nobody can read the answer'
  /** Somebody made the conversation be forgotten. */
  | 'conversation reset'
  /** The process ends; somebody has to go on later. */
  | 'shutting down'
  /** Another process has taken this one for dead, and answers it. */
  | 'taken over';

/** What people do to a question or its answer, and mean: nothing has gone wrong. */
const BY_PEOPLE: ReadonlySet<unknown> = new Set<WhyCancelled>(['stopped by a person', 'question deleted', 'question withdrawn', 'answer deleted', 'conversation reset']);

/** Whether a person ended a question on purpose. @param reason of its end, as in a signal or a failure's cause */
export const isByPerson = (reason: unknown): boolean => reason instanceof Cancelled && BY_PEOPLE.has(reason.why);

/** The reason of an aborted question. */
export class Cancelled extends Error {
  override readonly name = 'Cancelled';
  readonly why: WhyCancelled;
  /** Id of whoever did it, where others are to know. */
  readonly byId: string | undefined;

  constructor(why: WhyCancelled, byId?: string) {
    super(why);
    this.why = why;
    this.byId = byId;
  }
}
