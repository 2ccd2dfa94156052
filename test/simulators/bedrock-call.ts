// What the two kinds of answer have in common.
import { errorBody, errorHeaders } from './bedrock-errors.ts';
import type { ErrorReply } from './bedrock-errors.ts';
import type { Meter } from './bedrock-meter.ts';
import type { Ending, StreamStep } from './bedrock-script.ts';
import type { Exchange } from './bedrock-transport.ts';
import type { TokenUsage } from './bedrock-types.ts';

export type Call = {
  readonly exchange: Exchange;
  readonly meter: Meter;
  readonly requestId: string;
  /** The request asked for its guardrail's trace. */
  readonly traced: boolean;
  /** As it was asked for: it is told back. */
  readonly tier: string | undefined;
  readonly byteByByte: boolean;
  readonly onUsage: (usage: TokenUsage) => void;
  readonly onError: (name: string) => void;
};

/** `false` from `perform`: nothing follows. */
export type Answer = { readonly perform: (step: StreamStep) => Promise<boolean> };

export type Content = { readonly kind: 'text' | 'reasoning'; readonly delta: string };

export function contentOf(step: StreamStep): Content | undefined {
  if ('text' in step) return { kind: 'text', delta: step.text };
  return 'reasoning' in step ? { kind: 'reasoning', delta: step.reasoning } : undefined;
}

export async function sendError(exchange: Exchange, requestId: string, reply: ErrorReply): Promise<void> {
  const body = errorBody(reply);
  const length = String(Buffer.byteLength(body));
  exchange.start(reply.status, { ...errorHeaders(reply), 'x-amzn-requestid': requestId, 'content-length': length });
  await exchange.end(body);
}

export function tailOf({ latencyMs, guardrail }: Ending, { exchange, traced, tier }: Call): object {
  return {
    metrics: { latencyMs: latencyMs ?? Math.round(performance.now() - exchange.receivedAt) },
    ...(tier !== undefined && { serviceTier: { type: tier } }),
    ...(traced && guardrail !== undefined && { trace: { guardrail } }),
  };
}
