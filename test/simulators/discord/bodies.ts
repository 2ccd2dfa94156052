import type { IncomingMessage } from 'node:http';
import { restError } from './errors.ts';
import type { UploadedFile } from './router.ts';

/** https://docs.discord.com/developers/reference#uploading-files: the request as a whole; single files have their own limit. */
const MAXIMUM_REQUEST = 25 * 1024 * 1024;

export interface ReadBody {
  readonly body: unknown;
  readonly files: readonly UploadedFile[];
}

export const emptyBody: ReadBody = { body: undefined, files: [] };

/** Reads a request to its end; a body that is too large is read, too, so that the answer arrives. */
export async function readBytes(request: IncomingMessage): Promise<Buffer | 'too large'> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.byteLength;
    if (size <= MAXIMUM_REQUEST) chunks.push(chunk);
  }
  return size > MAXIMUM_REQUEST ? 'too large' : Buffer.concat(chunks);
}

export async function parseBody(bytes: Buffer, contentType: string): Promise<ReadBody> {
  if (bytes.byteLength === 0) return emptyBody;
  if (contentType.startsWith('multipart/form-data')) return await parseForm(bytes, contentType);
  return { body: parseJson(bytes.toString('utf8')), files: [] };
}

async function parseForm(bytes: Buffer, contentType: string): Promise<ReadBody> {
  const form = await new Response(new Uint8Array(bytes), { headers: { 'content-type': contentType } }).formData().catch(() => {
    throw restError('invalidJson');
  });
  const files: UploadedFile[] = [];
  const fields: Record<string, unknown> = {};
  for (const [field, value] of form) {
    if (typeof value === 'string') fields[field] = value;
    else files.push({ field, name: value.name, contentType: value.type || undefined, bytes: new Uint8Array(await value.arrayBuffer()) });
  }
  const { payload_json: json, ...others } = fields;
  return { body: typeof json === 'string' ? parseJson(json) : others, files };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw restError('invalidJson');
  }
}
