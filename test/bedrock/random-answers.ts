import { createServer } from 'node:http';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { EVENT_STREAM, encodeFrame, errorFrame, exceptionFrame, withBadChecksum } from '../simulators/bedrock-wire.ts';
import type { AddressInfo } from 'node:net';
import type { ServerResponse } from 'node:http';
import type { Random } from '../chaos/random.ts';

/** What Bedrock answers to one call, piece by piece as it is written to the socket, and what has to become of it. */
export interface RandomAnswer {
  readonly what: string;
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly pieces: readonly Uint8Array[];
  readonly ending: 'end' | 'reset' | 'stall';
  /** The text of the answer; undefined where there is none to be had, because something broke before its end. */
  readonly text: string | undefined;
  /** What stands behind the word that it ends, but before its figures: it belongs to it, unless that takes too long to come. */
  readonly late: string;
  /** What stands behind all that ends a stream, and may be left unread. */
  readonly behind: string;
}

type Json = unknown;
type Fields = Record<string, Json>;

const ODD: readonly Json[] = [null, true, false, 0, -1, 7, 1.5, 1e300, Number.MAX_SAFE_INTEGER, '', 'odd', '12', [], [null], [[]], {}, { odd: 1 }, { text: 5 }, { '': '' }, { toString: 1, constructor: null, length: -1 }];

const isFields = (value: Json): value is Fields => typeof value === 'object' && value !== null && !Array.isArray(value);

/** A copy of a document in which one member, anywhere, is something else, twice, or missing. */
const mutated = (document: Fields, random: Random): Fields => {
  const copy = structuredClone(document);
  const places: { readonly holder: Fields; readonly key: string }[] = [];
  const visit = (holder: Json): void => {
    if (typeof holder !== 'object' || holder === null) return;
    for (const key of Object.keys(holder)) {
      places.push({ holder: holder as Fields, key });
      visit((holder as Fields)[key]);
    }
  };
  visit(copy);
  if (places.length === 0) return copy;
  const { holder, key } = random.pick(places);
  if (random.chance(0.15)) delete holder[key];
  else if (random.chance(0.1)) holder[`new${key}`] = holder[key];
  else holder[key] = random.pick(ODD);
  return copy;
};

interface Event {
  readonly type: string;
  /** Undefined: bytes that are no JSON. */
  readonly payload: Json;
  readonly raw?: Buffer;
}

const USAGE = { inputTokens: 10, outputTokens: 5, totalTokens: 15, cacheReadInputTokens: 2, cacheWriteInputTokens: 0 };

const inOrder = (words: readonly string[], random: Random): Event[] => [
  { type: 'messageStart', payload: { role: 'assistant' } },
  ...(random.chance(0.3) ? [{ type: 'contentBlockStart', payload: { contentBlockIndex: 0, start: random.chance(0.5) ? {} : { toolUse: { toolUseId: 'a', name: 'b' } } } }] : []),
  ...(random.chance(0.3) ? [{ type: 'contentBlockDelta', payload: { contentBlockIndex: 0, delta: { reasoningContent: { text: 'hm' } } } }] : []),
  ...words.map((text) => ({ type: 'contentBlockDelta', payload: { contentBlockIndex: random.integer(0, 3), delta: { text } } })),
  ...(random.chance(0.7) ? [{ type: 'contentBlockStop', payload: { contentBlockIndex: 0 } }] : []),
  { type: 'messageStop', payload: { stopReason: random.pick(['end_turn', 'max_tokens', 'stop_sequence', 'tea_break', 'refusal']), additionalModelResponseFields: {} } },
  { type: 'metadata', payload: { usage: USAGE, metrics: { latencyMs: 12 }, trace: { guardrail: {} }, performanceConfig: { latency: 'standard' } } },
];

const disordered = (events: Event[], random: Random): Event[] => {
  const some = [...events];
  for (let times = random.integer(0, 3); times > 0; times -= 1) {
    const at = random.integer(0, some.length - 1);
    const one = some[at];
    if (one === undefined) break;
    const act = random.pick(['swap', 'double', 'drop', 'mutate', 'mutate', 'mutate', 'unknown', 'garble', 'empty'] as const);
    if (act === 'swap') {
      const other = random.integer(0, some.length - 1);
      const [first, second] = [some[at], some[other]];
      if (first !== undefined && second !== undefined) [some[at], some[other]] = [second, first];
    } else if (act === 'double') some.splice(random.integer(0, some.length), 0, one);
    else if (act === 'drop') some.splice(at, 1);
    else if (act === 'mutate') some[at] = { type: one.type, payload: random.chance(0.2) ? random.pick(ODD) : isFields(one.payload) ? mutated(one.payload, random) : random.pick(ODD) };
    else if (act === 'unknown') some.splice(at, 0, { type: random.pick(['ping', 'constructor', '__proto__', '', 'messagePause', 'x'.repeat(300)]), payload: random.pick(ODD) });
    else if (act === 'empty') some[at] = { ...one, payload: {}, raw: Buffer.alloc(0) };
    else some[at] = { ...one, payload: undefined, raw: Buffer.from(random.pick(['{', 'text', '{"delta":', '\u0000', '[1,']) ) };
    if (some.length === 0) break;
  }
  return some;
};

const frameOf = ({ type, payload, raw }: Event): Buffer =>
  encodeFrame({ ':event-type': type, ':content-type': 'application/json', ':message-type': 'event' }, raw ?? Buffer.from(JSON.stringify(payload)));

const EXCEPTIONS = ['validationException', 'throttlingException', 'internalServerException', 'modelStreamErrorException', 'serviceUnavailableException', 'modelTimeoutException', 'accessDeniedException', 'unheardOfException', ''] as const;

const broken = (random: Random): Buffer =>
  random.pick([
    () => exceptionFrame(random.pick(EXCEPTIONS), random.pick([{ message: 'It broke.' }, { Message: 'It broke.' }, {}, { message: 7 }, { message: null, originalStatusCode: 'x' }])),
    () => encodeFrame({ ':exception-type': random.pick(EXCEPTIONS), ':message-type': 'exception' }, Buffer.from(random.pick(['', 'no JSON', 'null', '[]']))),
    () => errorFrame(random.pick(['InternalFailure', '', 'odd code']), random.pick(['', 'An internal failure occurred.'])),
    () => withBadChecksum(frameOf({ type: 'ping', payload: {} })),
    () => Buffer.from([0, 0, 0, random.integer(0, 15), 0, 0, 0, 0]),
    () => Buffer.from('<html><body>502 Bad Gateway</body></html>'),
  ])();

/** As they reach the reader: in a few places, or everywhere. */
const cut = (bytes: Buffer, random: Random): Buffer[] => {
  const pieces: Buffer[] = [];
  const most = random.pick([5, 40, 300, 100_000]);
  for (let at = 0; at < bytes.length; ) {
    const length = random.integer(1, most);
    pieces.push(bytes.subarray(at, at + length));
    at += length;
  }
  return pieces;
};

/** What the events say, by what the documents say of them: words of deltas, up to where something broke, if they ended before that. */
const textOf = (events: readonly Event[]): { readonly text: string; readonly late: string; readonly behind: string; readonly hasStopped: boolean } => {
  let [text, late, behind] = ['', '', ''];
  let [hasStopped, hasFigures] = [false, false];
  for (const { type, payload, raw } of events) {
    if (!['contentBlockDelta', 'messageStop', 'metadata'].includes(type)) continue;
    if (payload === undefined && raw !== undefined) break;
    if (type === 'messageStop') hasStopped = true;
    if (type === 'metadata') hasFigures = true;
    const delta = type === 'contentBlockDelta' && isFields(payload) ? payload['delta'] : undefined;
    if (!isFields(delta) || typeof delta['text'] !== 'string') continue;
    if (hasStopped && hasFigures) behind += delta['text'];
    else if (hasStopped) late += delta['text'];
    else text += delta['text'];
  }
  return { text, late, behind, hasStopped };
};

const randomStream = (words: readonly string[], random: Random): RandomAnswer => {
  const events = disordered(inOrder(words, random), random);
  const trouble = random.weighted({ none: 6, broken: 3, truncated: 1, reset: 1, stall: 0.2 });
  const isEarly = trouble !== 'none' && random.chance(0.7);
  const sent = isEarly ? events.slice(0, random.integer(0, events.length)) : events;
  const { text, late, behind, hasStopped } = textOf(sent);
  const last = trouble === 'broken' ? broken(random) : trouble === 'truncated' ? frameOf({ type: 'ping', payload: { at: 1 } }).subarray(0, -5) : Buffer.alloc(0);
  return {
    what: `${sent.map(({ type, payload, raw }) => `${type} ${raw?.toString() ?? JSON.stringify(payload)}`).join('\n')}\n${trouble} ${last.toString('latin1').replaceAll(/[^ -~]+/gu, ' ')}`,
    status: 200,
    headers: { 'content-type': EVENT_STREAM, 'x-amzn-requestid': '00000000-0000-4000-8000-000000000000' },
    pieces: cut(Buffer.concat([...sent.map(frameOf), last]), random),
    ending: trouble === 'reset' ? 'reset' : trouble === 'stall' ? 'stall' : 'end',
    text: hasStopped ? text : undefined,
    late,
    behind,
  };
};

const randomWhole = (words: readonly string[], random: Random): RandomAnswer => {
  const content = words.map((text) => ({ text }));
  let body: Fields = { output: { message: { role: 'assistant', content } }, stopReason: 'end_turn', usage: USAGE, metrics: { latencyMs: 7 }, trace: {} };
  for (let times = random.integer(0, 3); times > 0; times -= 1) body = mutated(body, random);
  const output = isFields(body['output']) ? body['output'] : {};
  const message = isFields(output['message']) ? output['message'] : {};
  const blocks = Array.isArray(message['content']) ? (message['content'] as Json[]) : [];
  const text = blocks.map((block) => (isFields(block) && typeof block['text'] === 'string' ? block['text'] : '')).join('');
  const bytes = Buffer.from(JSON.stringify(body));
  const isBroken = random.chance(0.15);
  return {
    what: `whole ${bytes.toString()}${isBroken ? ' broken' : ''}`,
    status: 200,
    headers: { 'content-type': 'application/json' },
    pieces: cut(isBroken ? bytes.subarray(0, -1) : bytes, random),
    ending: 'end',
    text: isBroken ? undefined : text,
    late: '',
    behind: '',
  };
};

const STATUSES = [400, 401, 403, 404, 408, 413, 418, 424, 429, 500, 502, 503, 504, 599] as const;
const NAMES = ['ValidationException', 'ThrottlingException', 'AccessDeniedException', 'ModelErrorException', 'ModelNotReadyException', 'UnheardOfException', ''] as const;

const randomRefusal = (random: Random): RandomAnswer => {
  const body = random.pick(['{"message":"No."}', '{"Message":"No."}', '{}', '', 'null', '[]', '"No."', '{"message":{"a":1}}', '{"message":', '<html>no</html>', '{"__type":"com.amazon#Odd","message":"No."}']);
  const name = random.pick(NAMES);
  const status = random.pick(STATUSES);
  return {
    what: `${status} ${name} ${body}`,
    status,
    headers: { 'content-type': random.pick(['application/json', 'text/html', 'application/x-amz-json-1.1']), ...(name === '' ? {} : { 'x-amzn-errortype': name }), ...(random.chance(0.2) ? { 'retry-after': random.pick(['0', '-5', 'soon', '1']) } : {}) },
    pieces: [Buffer.from(body)],
    ending: 'end',
    text: undefined,
    late: '',
    behind: '',
  };
};

/** @param words of the answer, where it has one */
export const randomAnswer = (words: readonly string[], random: Random): RandomAnswer => {
  const kind = random.weighted({ stream: 8, whole: 2, refusal: 1 });
  if (kind === 'stream') return randomStream(words, random);
  return kind === 'whole' ? randomWhole(words, random) : randomRefusal(random);
};

const write = async (response: ServerResponse, { status, headers, pieces, ending }: RandomAnswer): Promise<void> => {
  response.writeHead(status, headers);
  response.flushHeaders();
  for (const piece of pieces) {
    if (response.destroyed) return;
    // Whatever comes behind it, it is to arrive.
    await new Promise((resolve) => response.write(piece, resolve));
    await nextTurn();
  }
  if (ending === 'end') response.end();
  if (ending === 'reset') response.destroy();
};

/** Answers each call by what its last turn says: `answerTo` is given the whole body. */
export const serveAnswers = async (answerTo: (body: string) => RandomAnswer): Promise<{ readonly url: string; close(): Promise<void> }> => {
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => void write(response, answerTo(Buffer.concat(chunks).toString())));
    response.on('error', () => undefined);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
};
