import type { FailureKind } from '../conversation/failure.ts';
import type { GatewaySigns, Readiness } from './observed.ts';

export interface ReadinessOptions {
  /** Why Discord brings us no question, in one sentence. */
  readonly notConnected: string | undefined;
  readonly gateway: Pick<GatewaySigns, 'heartbeatAgeMs' | 'eventAgeMs'>;
  /** What keeps questions from being answered, as far as it is known. */
  readonly trouble: FailureKind | undefined;
  /** The same in words. */
  readonly says: (trouble: FailureKind) => string;
  readonly sinceAnswerMs: number | undefined;
}

const seconds = (ms: number | undefined): number | null => (ms === undefined ? null : Math.round(ms / 1_000));

/** Is answered all the same, and not remembered. */
const HARMLESS: FailureKind = 'store-full';
const OF_STORE = new Set<FailureKind | undefined>(['store', 'store-full']);

/** Whether a question would be answered now: heard from Discord, kept in the store, and answered by Bedrock. */
export const readinessOf = ({ notConnected, gateway, trouble, says, sinceAnswerMs }: ReadinessOptions): Readiness => {
  const why = trouble === undefined ? undefined : `${says(trouble)}.`;
  const reason = notConnected ?? (trouble === HARMLESS ? undefined : why);
  return {
    ready: reason === undefined,
    ...(reason === undefined ? {} : { reason }),
    connected: notConnected === undefined,
    ...(why === undefined || why === reason ? {} : { degraded: why }),
    heartbeatAcknowledgedSecondsAgo: seconds(gateway.heartbeatAgeMs),
    lastEventSecondsAgo: seconds(gateway.eventAgeMs),
    storeWorks: !OF_STORE.has(trouble),
    bedrockAnsweredSecondsAgo: seconds(sinceAnswerMs),
  };
};
