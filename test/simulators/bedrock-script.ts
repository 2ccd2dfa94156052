// What a test wants Bedrock to answer, and the steps it comes down to.
import type { ErrorReply } from './bedrock-errors.ts';
import type { ConverseRequestRecord } from './bedrock-records.ts';
import type { ConverseBody, JsonObject, StopReason, TokenUsage, WireBlock, WireToolUse } from './bedrock-types.ts';

/** Something that goes wrong once the stream has begun. The last two do not end it. */
export type StreamTrouble =
  | { readonly kind: 'exception'; readonly type: string; readonly message: string; readonly extra?: JsonObject }
  | { readonly kind: 'error'; readonly code: string; readonly message: string }
  /** A clean end without messageStop. */
  | { readonly kind: 'end' }
  /** messageStop, then a clean end without metadata. */
  | { readonly kind: 'noMetadata' }
  | { readonly kind: 'truncated' }
  | { readonly kind: 'badChecksum' }
  | { readonly kind: 'reset' }
  /** Silence until the client leaves. */
  | { readonly kind: 'stall' }
  | { readonly kind: 'unknownEvent' }
  | { readonly kind: 'unknownDelta' };

const exception = (type: string, text: string, extra?: JsonObject) => (message: string = text): StreamTrouble => ({
  kind: 'exception',
  type,
  message,
  ...(extra !== undefined && { extra }),
});

export const streamTroubles = {
  validation: exception('validationException', 'Input is too long for requested model.'),
  throttling: exception('throttlingException', 'Too many tokens, please wait before trying again.'),
  internalServer: exception(
    'internalServerException',
    'The system encountered an unexpected error during processing. Try your request again.',
  ),
  modelStreamError: exception('modelStreamErrorException', 'The model stream ended with an error.', {
    originalStatusCode: 500,
    originalMessage: 'upstream failed',
  }),
  serviceUnavailable: exception('serviceUnavailableException', 'Bedrock is unable to process your request.'),
  /** Not in the model of the stream: SDKs make a plain Error of it. */
  modelTimeout: exception('modelTimeoutException', 'Model has timed out in processing the request. Try your request again.'),
  error: (code = 'InternalFailure', message = 'An internal failure occurred.'): StreamTrouble => ({
    kind: 'error',
    code,
    message,
  }),
  end: { kind: 'end' },
  noMetadata: { kind: 'noMetadata' },
  truncated: { kind: 'truncated' },
  badChecksum: { kind: 'badChecksum' },
  reset: { kind: 'reset' },
  stall: { kind: 'stall' },
  unknownEvent: { kind: 'unknownEvent' },
  unknownDelta: { kind: 'unknownDelta' },
} as const satisfies Record<string, StreamTrouble | ((...texts: string[]) => StreamTrouble)>;

export type Ending = {
  readonly stopReason?: StopReason;
  /** Replaces what the simulator counted. */
  readonly usage?: Partial<TokenUsage>;
  readonly latencyMs?: number;
  /** Goes out as `trace.guardrail` where the request asked for a trace. */
  readonly guardrail?: JsonObject;
  readonly additionalModelResponseFields?: JsonObject;
  /** `false`: the stream ends after messageStop. */
  readonly metadata?: boolean;
};

export type StreamStep =
  | { readonly delayMs: number }
  /** Sends the headers and messageStart, which otherwise come with the first content. */
  | { readonly open: true }
  | { readonly text: string }
  | { readonly reasoning: string }
  | { readonly toolUse: WireToolUse }
  /** Any event, as it is. */
  | { readonly event: string; readonly payload: JsonObject }
  /** Any bytes, as they are. */
  | { readonly bytes: Uint8Array }
  | { readonly trouble: StreamTrouble }
  | { readonly finish: Ending };

export type TextScript = Ending & {
  readonly text: string;
  /** How the text is cut: given pieces, or so many characters each (default 32). */
  readonly deltas?: readonly string[] | { readonly size: number };
  /** Before the headers: what a client sees as time to the first token. */
  readonly firstDelayMs?: number;
  readonly deltaDelayMs?: number;
  readonly reasoning?: string;
  readonly toolUses?: readonly WireToolUse[];
  /** Comes after `afterDeltas` pieces of text (default 1), or as the first thing behind the headers. */
  readonly trouble?: StreamTrouble;
  readonly afterDeltas?: number | 'headers';
  /** Each byte of the stream is written on its own. */
  readonly byteByByte?: boolean;
};

export type ErrorScript = { readonly error: ErrorReply; readonly delayMs?: number };
/** Nothing at all, or nothing behind the headers, until the client leaves. */
export type HangScript = { readonly hang: 'beforeHeaders' | 'afterHeaders' };
export type StepsScript = {
  readonly steps: AsyncIterable<StreamStep> | Iterable<StreamStep>;
  readonly byteByByte?: boolean;
};
/** Any JSON, or any other text, in the place of a whole answer. */
export type WholeScript = { readonly whole: string; readonly contentType?: string };
export type Script = WholeScript | TextScript | ErrorScript | HangScript | StepsScript;
export type Responder = (request: ConverseRequestRecord) => Script | Promise<Script>;

const DEFAULT_DELTA_CHARACTERS = 32;

export function* stepsOf(script: TextScript): Generator<StreamStep> {
  if (script.firstDelayMs !== undefined) yield { delayMs: script.firstDelayMs };
  if (script.trouble !== undefined && script.afterDeltas === 'headers') yield { trouble: script.trouble };
  yield { open: true };
  if (script.reasoning !== undefined) yield { reasoning: script.reasoning };
  yield* textSteps(script);
  for (const toolUse of script.toolUses ?? []) yield { toolUse };
  const usual = (script.toolUses ?? []).length > 0 ? ('tool_use' as const) : ('end_turn' as const);
  const { stopReason = usual, metadata = script.trouble?.kind !== 'noMetadata' } = script;
  yield { finish: { ...script, stopReason, metadata } };
}

function* textSteps({ text, deltas, deltaDelayMs, trouble, afterDeltas = 1 }: TextScript): Generator<StreamStep> {
  const pieces = deltas === undefined || 'size' in deltas ? cut(text, deltas?.size) : deltas;
  const troubleAt = afterDeltas === 'headers' ? undefined : Math.min(afterDeltas, pieces.length);
  for (const [index, piece] of pieces.entries()) {
    if (trouble !== undefined && index === troubleAt) yield { trouble };
    if (deltaDelayMs !== undefined && index > 0) yield { delayMs: deltaDelayMs };
    yield { text: piece };
  }
  if (trouble !== undefined && troubleAt === pieces.length) yield { trouble };
}

/** Never between the two halves of a character. */
export function cut(text: string, size: number = DEFAULT_DELTA_CHARACTERS): string[] {
  const pieces: string[] = [];
  let start = 0;
  while (start < text.length) {
    let end = start + size;
    if (/[\uD800-\uDBFF]/.test(text.charAt(end - 1))) end += 1;
    pieces.push(text.slice(start, end));
    start = end;
  }
  return pieces;
}

/** A stream led by hand. Each promise resolves when the bytes are written, or when the client has left. */
export type StreamController = {
  /** The request that this stream answers. */
  readonly request: Promise<ConverseRequestRecord>;
  readonly send: (step: StreamStep) => Promise<void>;
  readonly open: () => Promise<void>;
  readonly text: (delta: string) => Promise<void>;
  readonly reasoning: (delta: string) => Promise<void>;
  readonly trouble: (trouble: StreamTrouble) => Promise<void>;
  /** contentBlockStop, messageStop, metadata, end. */
  readonly finish: (ending?: Ending) => Promise<void>;
};

export type ManualStream = StreamController & { readonly script: StepsScript; readonly responder: Responder };

type Queued = { readonly step: StreamStep; readonly written: () => void };

/** `simulator.respond(hand.responder)`, then `hand.text('…')` and `hand.finish()` at exact times. Serves one request. */
export function manualStream(): ManualStream {
  const queue: Queued[] = [];
  const arrived = Promise.withResolvers<ConverseRequestRecord>();
  let wake = (): void => {};
  let over = false;
  const send = (step: StreamStep): Promise<void> => {
    if (over) return Promise.resolve();
    const { promise, resolve } = Promise.withResolvers<void>();
    queue.push({ step, written: resolve });
    wake();
    return promise;
  };
  async function* steps(): AsyncGenerator<StreamStep> {
    try {
      for (;;) {
        const next = queue[0];
        if (next === undefined) {
          await new Promise<void>((resolve) => (wake = resolve));
          continue;
        }
        yield next.step;
        queue.shift();
        next.written();
      }
    } finally {
      over = true;
      for (const { written } of queue.splice(0)) written();
    }
  }
  const script: StepsScript = { steps: steps() };
  const responder = (request: ConverseRequestRecord): Script => {
    arrived.resolve(request);
    return script;
  };
  return {
    script,
    responder,
    request: arrived.promise,
    send,
    open: () => send({ open: true }),
    text: (text) => send({ text }),
    reasoning: (reasoning) => send({ reasoning }),
    trouble: (trouble) => send({ trouble }),
    finish: (finish = {}) => send({ finish }),
  };
}

/** The same, led by a function that runs while the stream does. What it throws ends the stream as a reset. */
export function stream(lead: (controller: StreamController) => void | Promise<void>): Responder {
  return (request) => {
    const hand = manualStream();
    hand.responder(request);
    Promise.try(lead, hand).catch(() => hand.trouble(streamTroubles.reset));
    return hand.script;
  };
}

export function asResponder(responder: Responder | Script): Responder {
  return typeof responder === 'function' ? responder : () => responder;
}

const ECHOED_CHARACTERS = 200;

/** The answer of a simulator that was told nothing. */
export function echo({ body }: { readonly body: ConverseBody | undefined }): Script {
  const blocks: readonly WireBlock[] = body?.messages.at(-1)?.content ?? [];
  const said = blocks.findLast(({ text }) => text !== undefined)?.text ?? '(no text)';
  return { text: `You said: ${[...said].slice(0, ECHOED_CHARACTERS).join('')}` };
}
