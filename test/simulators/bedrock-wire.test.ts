import { crc32 } from 'node:zlib';

import { expect, test } from 'vitest';

import { cut } from './bedrock-script.ts';
import { errorFrame, eventFrame, exceptionFrame, withBadChecksum } from './bedrock-wire.ts';

/** Read back from the format's description, not from the encoder. https://smithy.io/2.0/aws/amazon-eventstream.html */
function decode(frame: Buffer): { headers: Record<string, string>; payload: string } {
  const total = frame.readUInt32BE(0);
  const headersEnd = 12 + frame.readUInt32BE(4);
  expect(total).toBe(frame.length);
  expect(frame.readUInt32BE(8)).toBe(crc32(frame.subarray(0, 8)));
  expect(frame.readUInt32BE(total - 4)).toBe(crc32(frame.subarray(0, total - 4)));
  const headers: Record<string, string> = {};
  for (let at = 12; at < headersEnd; ) {
    const nameEnd = at + 1 + frame.readUInt8(at);
    expect(frame.readUInt8(nameEnd)).toBe(7);
    const valueEnd = nameEnd + 3 + frame.readUInt16BE(nameEnd + 1);
    headers[frame.toString('utf8', at + 1, nameEnd)] = frame.toString('utf8', nameEnd + 3, valueEnd);
    at = valueEnd;
  }
  return { headers, payload: frame.toString('utf8', headersEnd, total - 4) };
}

test('an event is JSON with padding', () => {
  const { headers, payload } = decode(eventFrame('contentBlockDelta', { delta: { text: 'ñ' } }, 4));
  expect(headers).toEqual({ ':event-type': 'contentBlockDelta', ':content-type': 'application/json', ':message-type': 'event' });
  expect(payload).toBe('{"delta":{"text":"ñ"},"p":"abcde"}');
});

test('an exception is named in its headers', () => {
  const { headers, payload } = decode(exceptionFrame('throttlingException', { message: 'wait' }));
  expect(headers).toMatchObject({ ':exception-type': 'throttlingException', ':message-type': 'exception' });
  expect(payload).toBe('{"message":"wait"}');
});

test('an error has headers only', () => {
  const { headers, payload } = decode(errorFrame('InternalFailure', 'lost'));
  expect(headers).toEqual({ ':error-code': 'InternalFailure', ':error-message': 'lost', ':message-type': 'error' });
  expect(payload).toBe('');
});

test('a bad checksum is the only thing that is bad', () => {
  const good = eventFrame('messageStop', {}, 0);
  const bad = withBadChecksum(good);
  expect(bad.subarray(0, -4)).toEqual(good.subarray(0, -4));
  expect(bad.readUInt32BE(bad.length - 4)).not.toBe(good.readUInt32BE(good.length - 4));
});

test('pieces of text join to the text and keep characters whole', () => {
  const text = 'a\u{1F600}b\u{1F468}\u200D\u{1F469}c';
  const pieces = cut(text, 2);
  expect(pieces.join('')).toBe(text);
  expect(pieces.every((piece) => piece.isWellFormed())).toBe(true);
});
