// The frames of application/vnd.amazon.eventstream.
// https://smithy.io/2.0/aws/amazon-eventstream.html
import { crc32 } from 'node:zlib';

export const EVENT_STREAM = 'application/vnd.amazon.eventstream';

const STRING_HEADER = 7;
const PRELUDE_BYTES = 8;
const CHECKSUM_BYTES = 4;
const PADDING = 'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789';

/** Header name and value, both text: the only kind of header Bedrock sends. */
export type FrameHeaders = Readonly<Record<string, string>>;

export function encodeFrame(headers: FrameHeaders, payload: Uint8Array): Buffer {
  return assemble(Buffer.concat(Object.entries(headers).map(encodeHeader)), payload);
}

function assemble(headerBytes: Buffer, payload: Uint8Array): Buffer {
  const total = PRELUDE_BYTES + CHECKSUM_BYTES + headerBytes.length + payload.length + CHECKSUM_BYTES;
  const frame = Buffer.alloc(total);
  frame.writeUInt32BE(total, 0);
  frame.writeUInt32BE(headerBytes.length, 4);
  frame.writeUInt32BE(crc32(frame.subarray(0, PRELUDE_BYTES)), PRELUDE_BYTES);
  frame.set(headerBytes, PRELUDE_BYTES + CHECKSUM_BYTES);
  frame.set(payload, PRELUDE_BYTES + CHECKSUM_BYTES + headerBytes.length);
  frame.writeUInt32BE(crc32(frame.subarray(0, total - CHECKSUM_BYTES)), total - CHECKSUM_BYTES);
  return frame;
}

function encodeHeader([name, value]: [string, string]): Buffer {
  const nameBytes = Buffer.from(name);
  const valueBytes = Buffer.from(value);
  const header = Buffer.alloc(1 + nameBytes.length + 1 + 2 + valueBytes.length);
  header.writeUInt8(nameBytes.length, 0);
  header.set(nameBytes, 1);
  header.writeUInt8(STRING_HEADER, 1 + nameBytes.length);
  header.writeUInt16BE(valueBytes.length, 2 + nameBytes.length);
  header.set(valueBytes, 4 + nameBytes.length);
  return header;
}

/** Bedrock pads each event to hide the length of a token; `paddingLength` makes it repeatable here. */
export function eventFrame(type: string, payload: object, paddingLength: number): Buffer {
  const padded = { ...payload, p: PADDING.slice(0, 1 + (paddingLength % PADDING.length)) };
  return assemble(eventHeaders(type), Buffer.from(JSON.stringify(padded)));
}

const encodedEventHeaders = new Map<string, Buffer>();

/** A load run sends the same few types a million times. */
function eventHeaders(type: string): Buffer {
  const known = encodedEventHeaders.get(type);
  if (known !== undefined) return known;
  const headers = { ':event-type': type, ':content-type': 'application/json', ':message-type': 'event' };
  const encoded = Buffer.concat(Object.entries(headers).map(encodeHeader));
  encodedEventHeaders.set(type, encoded);
  return encoded;
}

export function exceptionFrame(type: string, payload: object): Buffer {
  const headers = { ':exception-type': type, ':content-type': 'application/json', ':message-type': 'exception' };
  return encodeFrame(headers, Buffer.from(JSON.stringify(payload)));
}

/** An error outside the service's model: no payload, everything in the headers. */
export function errorFrame(code: string, message: string): Buffer {
  return encodeFrame({ ':error-code': code, ':error-message': message, ':message-type': 'error' }, Buffer.alloc(0));
}

export function withBadChecksum(frame: Buffer): Buffer {
  const broken = Buffer.from(frame);
  const last = broken.length - 1;
  broken.writeUInt8(broken.readUInt8(last) ^ 0xff, last);
  return broken;
}
