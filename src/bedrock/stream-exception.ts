import { FrameCutter } from './frame-cutter.ts';
import { fieldsOf, textOf } from './plausible.ts';
import type { Fields } from './plausible.ts';

/** Bytes before the headers: lengths and their checksum. */
const PRELUDE_BYTES = 12;
const CHECKSUM_BYTES = 4;
const TEXT_HEADER = 7;

/** The headers that are texts, as Bedrock's all are. */
const headersOf = (frame: Buffer): ReadonlyMap<string, string> => {
  const headers = new Map<string, string>();
  const end = PRELUDE_BYTES + frame.readUInt32BE(4);
  let at = PRELUDE_BYTES;
  const read = (length: number): string => frame.toString('utf8', at, (at += length));
  while (at < end) {
    const name = read(frame.readUInt8(at++));
    if (frame.readUInt8(at++) !== TEXT_HEADER) return headers;
    at += 2;
    headers.set(name, read(frame.readUInt16BE(at - 2)));
  }
  return headers;
};

const contentOf = (frame: Buffer): unknown => {
  try {
    return JSON.parse(frame.toString('utf8', PRELUDE_BYTES + frame.readUInt32BE(4), frame.length - CHECKSUM_BYTES));
  } catch {
    return undefined;
  }
};

/** What a short event stream says, read without the SDK's decoder: an exception among its frames, and how many others there are. */
export interface ReadStream {
  readonly events: number;
  readonly exception: { readonly name: string; readonly message: string } | undefined;
  /** What `metadata` says, if it came. */
  readonly metadata: Fields | undefined;
}

/** @throws {Error} where the bytes are no event stream @see https://smithy.io/2.0/aws/amazon-eventstream.html */
export const readShortStream = (bytes: Buffer): ReadStream => {
  const cutter = new FrameCutter();
  cutter.push(bytes);
  let events = 0;
  let metadata: Fields | undefined;
  for (let next = cutter.next(); next !== undefined; next = cutter.next()) {
    const frame = Buffer.from(next.buffer, next.byteOffset, next.length);
    const headers = headersOf(frame);
    const type = headers.get(':message-type');
    if (type === 'exception') {
      const content = fieldsOf(contentOf(frame));
      return { events, metadata, exception: { name: headers.get(':exception-type') ?? 'Unknown', message: textOf(content['message'] ?? content['Message']) } };
    }
    if (type === 'error') return { events, metadata, exception: { name: headers.get(':error-code') ?? 'Unknown', message: headers.get(':error-message') ?? '' } };
    if (headers.get(':event-type') === 'metadata') metadata = fieldsOf(contentOf(frame));
    events += 1;
  }
  return { events, metadata, exception: undefined };
};
