import { EventStreamCodec, getChunkedStream } from '@smithy/core/event-streams';
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

/**
 * The events of a ConverseStream, as the SDK gives them but for one thing: their JSON is taken as it is, where the SDK walks
 * through each by its schema, which costs more than all the rest of an answer.
 * @see https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_ConverseStreamOutput.html
 */
export async function* converseEvents(body: AsyncIterable<Uint8Array>): AsyncGenerator<ConverseStreamOutput> {
  for await (const frame of getChunkedStream(body)) {
    const { headers, body: payload } = codec.decode(frame);
    const header = (name: string): string => text(headers[name]?.value);
    if (header(':message-type') === 'error') throw frameError(header(':error-code'), header(':error-message'));
    const content = JSON.parse(utf8.decode(payload)) as Record<string, unknown>;
    if (header(':message-type') === 'exception') {
      throw frameError(header(':exception-type'), text(content['message'] ?? content['Message']));
    }
    yield { [header(':event-type')]: content } as unknown as ConverseStreamOutput;
  }
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

export const isEventStream = ({ statusCode, headers }: HttpResponse): boolean =>
  statusCode < 300 && headers['content-type'] === EVENT_STREAM;

/** Lets a client hand out {@link converseEvents} for answers that are streams. Errors and all the rest stay the SDK's. */
export const readConverseEvents = (client: BedrockRuntimeClient): void => {
  const protocol = client.config.protocol as unknown as Protocol;
  const deserialize = protocol.deserializeResponse.bind(protocol);
  protocol.deserializeResponse = async (operation, context, response) =>
    isEventStream(response)
      ? { $metadata: { httpStatusCode: response.statusCode }, stream: converseEvents(response.body) }
      : deserialize(operation, context, response);
};
