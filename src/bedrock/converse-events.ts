import { EventStreamCodec } from '@smithy/core/event-streams';
import { FrameCutter } from './frame-cutter.ts';
import type { BedrockRuntimeClient, ConverseStreamOutput } from '@aws-sdk/client-bedrock-runtime';

const EVENT_STREAM = 'application/vnd.amazon.eventstream';

const utf8 = new TextDecoder();
const codec = new EventStreamCodec(
  (bytes) => utf8.decode(bytes as Uint8Array),
  (text) => Buffer.from(text),
);

/** An error that came as a frame of the stream, named as the service names it. */
const frameError = (name: string, message: string): Error => Object.assign(new Error(message), { name });

const text = (value: unknown): string => (typeof value === 'string' ? value : '');

const decoded = (frame: Uint8Array): ConverseStreamOutput => {
  const { headers, body } = codec.decode(frame);
  const header = (name: string): string => text(headers[name]?.value);
  if (header(':message-type') === 'error') throw frameError(header(':error-code'), header(':error-message'));
  const content = JSON.parse(utf8.decode(body)) as Record<string, unknown>;
  if (header(':message-type') === 'exception') {
    throw frameError(header(':exception-type'), text(content['message'] ?? content['Message']));
  }
  return { [header(':event-type')]: content } as unknown as ConverseStreamOutput;
};

/** Events that came together. */
export type ConverseEvents = readonly ConverseStreamOutput[];

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
    const events: ConverseStreamOutput[] = [];
    try {
      for (let frame = cutter.next(); frame !== undefined; frame = cutter.next()) events.push(decoded(frame));
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

const isEventStream = ({ statusCode, headers }: HttpResponse): boolean =>
  statusCode < 300 && headers['content-type'] === EVENT_STREAM;

const isJson = ({ statusCode, headers }: HttpResponse): boolean => statusCode < 300 && headers['content-type'] === 'application/json';

/**
 * What an answer says: the events of a stream, or the JSON of a whole answer, whose members are named on the wire as in
 * the SDK. Undefined when it is neither; then nothing of it has been read.
 */
export const readAnswer = async (response: HttpResponse): Promise<object | undefined> => {
  const $metadata = { httpStatusCode: response.statusCode };
  if (isEventStream(response)) return { $metadata, stream: converseEvents(response.body) };
  if (!isJson(response)) return undefined;
  const bytes = Buffer.concat(await Array.fromAsync(response.body));
  return { ...(JSON.parse(utf8.decode(bytes)) as object), $metadata };
};

/** Lets a client hand out {@link converseEvents} for answers that are streams. Errors and all the rest stay the SDK's. */
export const readConverseEvents = (client: BedrockRuntimeClient): void => {
  const protocol = client.config.protocol as unknown as Protocol;
  const deserialize = protocol.deserializeResponse.bind(protocol);
  protocol.deserializeResponse = async (operation, context, response) =>
    isEventStream(response) ? readAnswer(response) : deserialize(operation, context, response);
};
