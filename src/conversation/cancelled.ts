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

/** What a cancellation means for the question. */
export interface Cancellation {
  /** How it ends. What ends with its conversation, or was taken back, is not offered to be asked again. */
  readonly kind: 'stopped' | 'reset' | 'withdrawn';
  /** Whether a person meant it: nothing has gone wrong. */
  readonly isByPerson: boolean;
  /** Whether whoever asked is to read of it here: not who took the question back, nor where somebody else goes on. */
  readonly isTold: boolean;
}

const CANCELLATIONS: Readonly<Record<WhyCancelled, Cancellation>> = {
  'stopped by a person': { kind: 'stopped', isByPerson: true, isTold: true },
  'question deleted': { kind: 'stopped', isByPerson: true, isTold: false },
  'question withdrawn': { kind: 'withdrawn', isByPerson: true, isTold: true },
  'answer deleted': { kind: 'stopped', isByPerson: true, isTold: true },
  'nobody can read the answer': { kind: 'stopped', isByPerson: false, isTold: true },
  'conversation reset': { kind: 'reset', isByPerson: true, isTold: true },
  'shutting down': { kind: 'stopped', isByPerson: false, isTold: false },
  'taken over': { kind: 'stopped', isByPerson: false, isTold: false },
};

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

/** @param reason of an end, as in a signal or a failure's cause; undefined where nobody cancelled it */
export const whyCancelled = (reason: unknown): WhyCancelled | undefined => (reason instanceof Cancelled ? reason.why : undefined);

/** The same, and what it means. */
export const cancellationOf = (reason: unknown): Cancellation | undefined => (reason instanceof Cancelled ? CANCELLATIONS[reason.why] : undefined);

/** That a person has ended a question, and what nobody can see later where the question itself is still there. */
export interface TakenBack {
  readonly why: Extract<WhyCancelled, 'stopped by a person' | 'conversation reset'>;
  /** Id of whoever did it, where others are to know. */
  readonly byId?: string | undefined;
}

/** What of it only whoever was there knows; undefined where it shows later, too, or nobody meant it. */
export const takenBackBy = (reason: unknown): TakenBack | undefined => {
  if (!(reason instanceof Cancelled)) return undefined;
  const { why, byId } = reason;
  return why === 'stopped by a person' || why === 'conversation reset' ? { why, byId } : undefined;
};

/** Resolves after so many milliseconds. @throws the signal's reason when it aborts before */
export const pause = (ms: number, signal: AbortSignal): Promise<void> =>
  new Promise((resolve, reject) => {
    signal.throwIfAborted();
    const cancel = (): void => {
      clearTimeout(timer);
      reject(signal.reason);
    };
    const timer = setTimeout(() => {
      signal.removeEventListener('abort', cancel);
      resolve();
    }, ms).unref();
    signal.addEventListener('abort', cancel, { once: true });
  });
