import type { QuestionEvents } from '../conversation/question-events.ts';
import type { TokenUsage } from '../conversation/reply.ts';
import type { WorkEvents } from '../conversation/work-events.ts';

/** What is known of the connections to Discord. */
export interface GatewaySigns {
  readonly shards: number;
  readonly readyShards: number;
  /** Milliseconds since the last acknowledgement of a heartbeat, of the shard where that is longest ago; undefined before the first. */
  readonly heartbeatAgeMs: number | undefined;
  /** The same of the last event. */
  readonly eventAgeMs: number | undefined;
}

/** How Parley is, for supervisors. Nothing secret. */
export interface Readiness {
  /** Whether a question would be answered now. */
  readonly ready: boolean;
  /** Why not, in one sentence. */
  readonly reason?: string;
  /** Whether Discord brings us questions. Where it does not, a new process may help. */
  readonly connected: boolean;
  /** What is not as it should be although questions are answered. */
  readonly degraded?: string;
  readonly heartbeatAcknowledgedSecondsAgo: number | null;
  readonly lastEventSecondsAgo: number | null;
  readonly storeWorks: boolean;
  readonly bedrockAnsweredSecondsAgo: number | null;
}

/** Figures of this moment. */
export interface Readings {
  /** Questions that wait for their call. */
  readonly waiting: number;
  /** How many calls may be out at a time. */
  readonly concurrency: number;
  /** What waits to be sent to Discord. */
  readonly backlog: number;
  readonly gateway: GatewaySigns;
  /** Milliseconds until the key's end, 0 behind it; Infinity where the key does not say when that is. */
  readonly keyRemainingMs: number;
  /** Milliseconds since Bedrock last answered a call; undefined before the first. */
  readonly sinceAnswerMs: number | undefined;
}

/** All that can be seen of a running Parley from outside. Nobody who looks has a say in anything. */
export interface Observed {
  readonly questions: Pick<QuestionEvents, 'listen'>;
  readonly work: Pick<WorkEvents, 'listen'>;
  readonly readings: () => Readings;
  readonly readiness: () => Readiness;
  /** US dollars; undefined where nobody can tell. */
  readonly priceOf: (modelId: string, usage: TokenUsage, wasFlex?: boolean) => number | undefined;
}
