import type { CallReport } from './call-report.ts';
import type { Events } from './events.ts';
import type { FailureKind } from './failure.ts';

/** What a request to Discord is for. `respond`: to an interaction, which does not count against the bot's limit. */
export type RequestPurpose = 'create' | 'edit' | 'delete' | 'typing' | 'respond' | 'read' | 'other';

/** A request to the model's service has ended. */
export interface EndedCall {
  readonly modelId: string;
  /** Until its last event, in milliseconds. */
  readonly tookMs: number;
  /** Until its first event, in milliseconds; undefined where none came, or it was no stream. */
  readonly firstChunkMs: number | undefined;
  /** Undefined: it was answered. `stopped`: nobody wanted the rest. */
  readonly failure: FailureKind | undefined;
}

/** What is done for questions, and by itself. No ids of people or places, no message text. */
export type WorkEvent =
  | ({ readonly type: 'call-ended' } & EndedCall)
  /** One that failed is made again, for this kind of failure. */
  | { readonly type: 'call-repeated'; readonly kind: FailureKind }
  /** What a call is to be paid by. */
  | { readonly type: 'call-reported'; readonly report: CallReport }
  /** Discord has answered. `status`: of HTTP; undefined where no answer came. */
  | { readonly type: 'request-ended'; readonly purpose: RequestPurpose; readonly status: number | undefined }
  /** The store was read or written; until whoever asked has it, in milliseconds. */
  | { readonly type: 'store-used'; readonly does: 'read' | 'write'; readonly tookMs: number };

export type WorkEvents = Events<WorkEvent>;
export type TellWork = WorkEvents['tell'];
