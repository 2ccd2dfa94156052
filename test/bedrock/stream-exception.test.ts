import { describe, expect, it } from 'vitest';
import { readShortStream } from '../../src/bedrock/stream-exception.ts';
import { encodeFrame } from '../simulators/bedrock-wire.ts';

const json = (value: unknown): Uint8Array => new TextEncoder().encode(JSON.stringify(value));
const event = encodeFrame({ ':event-type': 'messageStart', ':message-type': 'event' }, json({ role: 'assistant' }));
const exception = (name: string, content: Uint8Array): Uint8Array => encodeFrame({ ':exception-type': name, ':message-type': 'exception' }, content);
const read = (...frames: Uint8Array[]) => readShortStream(Buffer.concat(frames));

describe('a short event stream', () => {
  it('tells how many events it has', () => {
    expect([read(), read(event), read(event, event)]).toEqual([0, 1, 2].map((events) => ({ events, exception: undefined })));
  });

  it('tells the exception with which it ends, whatever letter its message begins with', () => {
    for (const field of ['message', 'Message']) {
      expect(read(event, exception('throttlingException', json({ [field]: 'Too many.' })), event)).toEqual({ events: 1, exception: { name: 'throttlingException', message: 'Too many.' } });
    }
    expect(read(exception('throttlingException', json(null)))).toEqual({ events: 0, exception: { name: 'throttlingException', message: '' } });
  });

  it('tells an error of the stream itself', () => {
    const error = encodeFrame({ ':message-type': 'error', ':error-code': 'InternalFailure', ':error-message': 'Broken.' }, new Uint8Array());
    expect(read(event, error)).toEqual({ events: 1, exception: { name: 'InternalFailure', message: 'Broken.' } });
    expect(read(encodeFrame({ ':message-type': 'error' }, new Uint8Array())).exception).toEqual({ name: 'Unknown', message: '' });
  });
});
