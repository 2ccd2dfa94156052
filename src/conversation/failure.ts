import type { ToldLength } from './context-limit.ts';
import type { SkippedFile } from './question.ts';

/** Every way in which a question can fail. Closed: each kind has its sentence for people in `discord/texts/failure-text.ts`. */
export type FailureKind =
  | 'key-refused'
  | 'key-expired'
  | 'no-key'
  | 'model-access'
  | 'model-unknown'
  | 'model-retired'
  | 'model-needs-profile'
  | 'throttled'
  | 'daily-quota'
  | 'beyond-quota'
  | 'overloaded'
  | 'line-full'
  | 'service-error'
  | 'network'
  | 'timed-out'
  | 'model-timed-out'
  | 'model-error'
  | 'stream-broken'
  | 'too-long'
  | 'empty-answer'
  | 'thought-too-long'
  | 'withheld'
  | 'guardrail'
  | 'unchecked'
  | 'checks-refused'
  | 'files-unreadable'
  | 'costs-much'
  | 'file-refused'
  | 'request-refused'
  | 'settings-refused'
  | 'store'
  | 'store-full'
  | 'undeliverable'
  | 'stopped'
  | 'reset'
  | 'withdrawn'
  | 'defect';

/** What only an admin can mend: the key, the model, the settings. Every other question meets the same until then. */
export const SETUP_FAILURES: readonly FailureKind[] = [
  'key-refused',
  'key-expired',
  'no-key',
  'model-access',
  'model-unknown',
  'model-retired',
  'model-needs-profile',
  'settings-refused',
];

export interface FailureOptions {
  readonly cause?: unknown;
  readonly successor?: string | undefined;
  readonly cure?: string | undefined;
  readonly retryAt?: number | undefined;
  readonly wereRequests?: boolean;
  readonly skipped?: readonly SkippedFile[];
  readonly mostImages?: number | undefined;
  readonly toldLength?: ToldLength | undefined;
  readonly turnIndex?: number | undefined;
  readonly isOfField?: boolean | undefined;
  readonly isOfQuestion?: boolean | undefined;
  readonly isOfInput?: boolean | undefined;
  readonly costUsd?: number | undefined;
}

/** A failure of a question. `message` is for the admin's log: it holds no message text and no secret. */
export class Failure extends Error {
  override readonly name = 'Failure';
  readonly kind: FailureKind;
  /** What to use instead of the model that failed, where one is known. */
  readonly successor: string | undefined;
  /** What an admin can do about it, in a sentence, where that is known. */
  readonly cure: string | undefined;
  /** When it is worth trying again, in milliseconds since the epoch, where that is known. */
  readonly retryAt: number | undefined;
  /** There were too many requests; false where it was another limit, or nobody said which. */
  readonly wereRequests: boolean;
  /** The files that could not be read, where that is why. */
  readonly skipped: readonly SkippedFile[];
  /** There were too many images: how many to send at most, where fewer may help. */
  readonly mostImages: number | undefined;
  /** What it said of how long the prompt was, and may be. */
  readonly toldLength: ToldLength | undefined;
  /** Which turn of the prompt it refused, counted from 0, where it says so. */
  readonly turnIndex: number | undefined;
  /** It is about something that is the same in each request, and not about what was said. */
  readonly isOfField: boolean;
  /** The question was refused by itself, too, without anything that was said before it. */
  readonly isOfQuestion: boolean;
  /** A guardrail stopped what was asked, and not what was answered. */
  readonly isOfInput: boolean;
  /** What its files would cost, in US dollars, where its asker is to be asked first. */
  readonly costUsd: number | undefined;

  constructor(kind: FailureKind, message: string, options: FailureOptions = {}) {
    super(message, options.cause === undefined ? {} : { cause: options.cause });
    this.kind = kind;
    this.successor = options.successor;
    this.cure = options.cure;
    this.retryAt = options.retryAt;
    this.wereRequests = options.wereRequests ?? false;
    this.skipped = options.skipped ?? [];
    this.mostImages = options.mostImages;
    this.toldLength = options.toldLength;
    this.turnIndex = options.turnIndex;
    this.isOfField = options.isOfField ?? false;
    this.isOfQuestion = options.isOfQuestion ?? false;
    this.isOfInput = options.isOfInput ?? false;
    this.costUsd = options.costUsd;
  }
}

export const toFailure = (error: unknown): Failure =>
  error instanceof Failure ? error : new Failure('defect', `Unexpected error: ${describe(error)}`, { cause: error });

/** A parser's message quotes what it could not read, and that may be anybody's words. */
const describe = (error: unknown): string => {
  if (error instanceof SyntaxError) return error.name;
  return error instanceof Error ? `${error.name}: ${error.message}` : String(error);
};
