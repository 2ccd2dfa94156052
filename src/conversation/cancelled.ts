/** Why a question that was accepted is not answered any further. */
export type WhyCancelled =
  /** The asker or a moderator pressed Stop. */
  | 'stopped by a person'
  /** The question's message was deleted. */
  | 'question deleted'
  /** The answer's message or its channel is gone, or closed to us. */
  | 'nobody can read the answer'
  /** The process ends; somebody has to go on later. */
  | 'shutting down'
  /** Another process has taken this one for dead, and answers it. */
  | 'taken over';

/** The reason of an aborted question. */
export class Cancelled extends Error {
  override readonly name = 'Cancelled';
  readonly why: WhyCancelled;

  constructor(why: WhyCancelled) {
    super(why);
    this.why = why;
  }
}
