// The real AWS SDK, pointed at the simulator; and images that are just enough of an image.
import { BedrockRuntimeClient } from '@aws-sdk/client-bedrock-runtime';
import type { ConverseStreamCommandOutput, ConverseStreamOutput } from '@aws-sdk/client-bedrock-runtime';
import { NodeHttpHandler } from '@smithy/node-http-handler';

import { TEST_KEY } from './bedrock-keys.ts';

export type ClientOptions = {
  readonly key?: string;
  readonly maxAttempts?: number;
  readonly socketTimeoutMs?: number;
  /** The SDK's own choice: HTTP/2. */
  readonly defaultHandler?: boolean;
};

export function bedrockClient({ url }: { readonly url: string }, options: ClientOptions = {}): BedrockRuntimeClient {
  const { key = TEST_KEY, maxAttempts = 1, socketTimeoutMs = 5_000, defaultHandler = false } = options;
  const http1 = (): NodeHttpHandler => new NodeHttpHandler({ connectionTimeout: 1_000, socketTimeout: socketTimeoutMs });
  return new BedrockRuntimeClient({
    region: 'us-east-1',
    endpoint: url,
    token: { token: key },
    authSchemePreference: ['httpBearerAuth'],
    maxAttempts,
    ...(!defaultHandler && { requestHandler: http1() }),
  });
}

export type Drained = { readonly events: ConverseStreamOutput[]; readonly error: Error | undefined };

/** All events, and what ended them if it was an error. */
export async function drain(output: ConverseStreamCommandOutput): Promise<Drained> {
  const events: ConverseStreamOutput[] = [];
  try {
    for await (const event of output.stream ?? []) events.push(event);
  } catch (error) {
    return { events, error: error as Error };
  }
  return { events, error: undefined };
}

export function textOf(events: readonly ConverseStreamOutput[]): string {
  return events.map((event) => event.contentBlockDelta?.delta?.text ?? '').join('');
}

export async function errorOf(promise: Promise<unknown>): Promise<Error> {
  try {
    await promise;
  } catch (error) {
    return error as Error;
  }
  throw new Error('Nothing was thrown.');
}

/** The header of a PNG of that size; what follows would be its pixels. */
export function png(width: number, height: number, bytes = 64): Uint8Array {
  const file = Buffer.alloc(Math.max(bytes, 33));
  file.set(Buffer.from('89504e470d0a1a0a0000000d49484452', 'hex'));
  file.writeUInt32BE(width, 16);
  file.writeUInt32BE(height, 20);
  return file;
}

/** Start of image, one comment, start of frame. */
export function jpeg(width: number, height: number): Uint8Array {
  const file = Buffer.concat([Buffer.from('ffd8fffe000668656c6cffc0000b08', 'hex'), Buffer.alloc(8)]);
  file.writeUInt16BE(height, 15);
  file.writeUInt16BE(width, 17);
  return file;
}

export function gif(width: number, height: number): Uint8Array {
  const file = Buffer.alloc(16);
  file.write('GIF89a', 'latin1');
  file.writeUInt16LE(width, 6);
  file.writeUInt16LE(height, 8);
  return file;
}

export function webp(width: number, height: number): Uint8Array {
  const file = Buffer.alloc(40);
  file.write('RIFF\0\0\0\0WEBPVP8X', 'latin1');
  file.writeUIntLE(width - 1, 24, 3);
  file.writeUIntLE(height - 1, 27, 3);
  return file;
}
