import { crc32 } from 'node:zlib';
import { EventStreamCodec } from '@smithy/core/event-streams';
import { Failure } from '../conversation/failure.ts';
import { FrameCutter } from './frame-cutter.ts';
import { fieldsOf, textOf } from './plausible.ts';
import type { BedrockRuntimeClient } from '@aws-sdk/client-bedrock-runtime';
import type { MessageHeaders } from '@smithy/core/event-streams';
import type { Fields } from './plausible.ts';

const EVENT_STREAM = 'application/vnd.amazon.eventstream';

const utf8 = new TextDecoder();
const codec = new EventStreamCodec(
  (bytes) => utf8.decode(bytes as Uint8Array),
  (text) => Buffer.from(text),
);

/** An error that came as a frame of the stream, named as the service names it. */
const frameError = (name: string, message: string): Error => Object.assign(new Error(message), { name });

const parsed = (text: string): unknown => {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    // The parser's own words quote the answer.
    throw new Failure('stream-broken', `An answer of ${text.length} characters is no JSON.`);
  }
};

/** The events that say something to us. What stands in others is nobody's business, so it need not even be JSON. */
const TELLING = new Set(['contentBlockDelta', 'messageStop', 'metadata']);

/** What stands in a frame. Gateways before Bedrock send some of them empty. */
const contentOf = (body: Uint8Array): unknown => (body.length === 0 ? {} : parsed(utf8.decode(body)));

const eventIn = (headers: MessageHeaders, body: Uint8Array): Fields => {
  const header = (name: string): string => textOf(headers[name]?.value);
  if (header(':message-type') === 'error') throw frameError(header(':error-code'), header(':error-message'));
  if (header(':message-type') === 'exception') {
    const content = fieldsOf(contentOf(body));
    throw frameError(header(':exception-type'), textOf(content['message'] ?? content['Message']));
  }
  const type = header(':event-type');
  return TELLING.has(type) ? { [type]: contentOf(body) } : {};
};

/** Bytes before a frame's headers: its length, that of its headers, a checksum of both. And behind its body: a checksum of all. */
const BEFORE_HEADERS = 12;
const HEADERS_LENGTH_AT = 4;
const CHECKSUM_BYTES = 4;

interface KnownHeaders {
  readonly bytes: Buffer;
  readonly headers: MessageHeaders;
}

/** There are fewer kinds of frames, and their headers are shorter, in bytes; of whoever sends others no more is kept. */
const MOST_HEADERS = 16;
const LONGEST_HEADERS = 1_024;
/** Headers as they were read once: those of one kind of frame are the same bytes in each answer. */
const known: KnownHeaders[] = [];

/**
 * What a frame says. Headers that are known are not read again; the checksum of a frame is that of all of it.
 * @see https://smithy.io/2.0/aws/amazon-eventstream.html
 */
const decode = (frame: Uint8Array): Fields => {
  const all = Buffer.from(frame.buffer, frame.byteOffset, frame.length);
  const from = BEFORE_HEADERS + all.readUInt32BE(HEADERS_LENGTH_AT);
  const to = all.length - CHECKSUM_BYTES;
  const bytes = all.subarray(BEFORE_HEADERS, from);
  const before = known.find((one) => one.bytes.equals(bytes));
  if (before !== undefined && crc32(all.subarray(0, to)) === all.readUInt32BE(to)) return eventIn(before.headers, all.subarray(from, to));
  const { headers, body } = codec.decode(frame);
  if (bytes.length <= LONGEST_HEADERS) {
    if (known.length >= MOST_HEADERS) known.length = 0;
    known.push({ bytes: Buffer.from(bytes), headers });
  }
  return eventIn(headers, body);
};

/** Events that came together, each by its name; what is in them is whatever JSON came. */
export type ConverseEvents = readonly Fields[];

/**
 * The events of a ConverseStream, as the SDK gives them but for two things: those that came in one piece are given in one,
 * and their JSON is taken as it is, where the SDK walks through each by its schema, which costs more than all the rest of an
 * answer.
 * @see https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_ConverseStreamOutput.html
 */
export async function* converseEvents(body: AsyncIterable<Uint8Array>): AsyncGenerator<ConverseEvents> {
  const cutter = new FrameCutter();
  for await (const bytes of body) {
    cutter.push(bytes);
    const events: Fields[] = [];
    try {
      for (let frame = cutter.next(); frame !== undefined; frame = cutter.next()) events.push(decode(frame));
    } catch (error) {
      // What came before it was said.
      if (events.length > 0) yield events;
      throw error;
    }
    if (events.length > 0) yield events;
  }
  cutter.end();
}

/** What the SDK's protocol has to say about a response. */
interface Protocol {
  deserializeResponse(operation: unknown, context: unknown, response: HttpResponse): Promise<unknown>;
}

export interface HttpResponse {
  readonly statusCode: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: AsyncIterable<Uint8Array>;
}

const hasType = ({ statusCode, headers }: HttpResponse, type: string): boolean =>
  statusCode < 300 && headers['content-type']?.split(';')[0]?.trim().toLowerCase() === type;

/** No whole answer is longer, in bytes. */
const MAX_ANSWER_BYTES = 32 * 1024 * 1024;

const readBytes = async (body: AsyncIterable<Uint8Array>): Promise<Uint8Array> => {
  const pieces: Uint8Array[] = [];
  let size = 0;
  for await (const bytes of body) {
    size += bytes.length;
    if (size > MAX_ANSWER_BYTES) throw new Failure('model-error', `The answer has more than ${MAX_ANSWER_BYTES} bytes.`);
    pieces.push(bytes);
  }
  return Buffer.concat(pieces);
};

/** A page in the place of an answer; told like a refusal that cannot be read. */
class UnreadableAnswer extends SyntaxError {
  readonly $metadata: object;

  constructor($metadata: object) {
    super('A page came in the place of an answer.');
    this.$metadata = $metadata;
  }
}

/**
 * What an answer says: the events of a stream, or the JSON of a whole answer, whose members are named on the wire as in
 * the SDK. Undefined when it is neither; then nothing of it has been read.
 */
export const readAnswer = async (response: HttpResponse): Promise<object | undefined> => {
  const $metadata = { httpStatusCode: response.statusCode, requestId: response.headers['x-amzn-requestid'] };
  if (hasType(response, EVENT_STREAM)) return { $metadata, stream: converseEvents(response.body) };
  if (response.statusCode < 300 && /^\s*text\//iu.test(response.headers['content-type'] ?? '')) throw new UnreadableAnswer($metadata);
  if (!hasType(response, 'application/json')) return undefined;
  return { ...fieldsOf(parsed(utf8.decode(await readBytes(response.body)))), $metadata };
};

/**
 * Lets a client hand out answers as they came: streams as {@link converseEvents}, whole ones without the SDK's schema, which
 * fails on a member of another type. Errors and all the rest stay the SDK's.
 */
export const readConverseEvents = (client: BedrockRuntimeClient): void => {
  const protocol = client.config.protocol as unknown as Protocol;
  const deserialize = protocol.deserializeResponse.bind(protocol);
  protocol.deserializeResponse = async (operation, context, response) => (await readAnswer(response)) ?? deserialize(operation, context, response);
};
