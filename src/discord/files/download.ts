import { SkipFile, tooLarge } from './skip-file.ts';

const GONE = new Set([403, 404, 410]);

const joined = (chunks: readonly Uint8Array[], length: number): Uint8Array => {
  const bytes = new Uint8Array(length);
  let at = 0;
  for (const chunk of chunks) {
    bytes.set(chunk, at);
    at += chunk.length;
  }
  return bytes;
};

/**
 * The bytes behind an address. A redirect is not followed: it could lead into the network that this program runs in.
 *
 * @param maxBytes the most that is read, whatever the answer says of its length
 * @throws SkipFile when the answer is no file or too large; the signal's reason when that aborts; else an error of `fetch`
 */
export const download = async (url: URL, maxBytes: number, signal: AbortSignal): Promise<Uint8Array> => {
  const response = await fetch(url, { redirect: 'manual', signal, headers: { 'accept-encoding': 'identity' } });
  if (response.status !== 200 || Number(response.headers.get('content-length')) > maxBytes) {
    await response.body?.cancel();
    if (response.status === 200) throw tooLarge(maxBytes);
    throw new SkipFile(GONE.has(response.status) ? 'Discord does not have it any more' : 'Discord could not deliver it');
  }
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of response.body ?? []) {
    length += chunk.length;
    if (length > maxBytes) throw tooLarge(maxBytes);
    chunks.push(chunk);
  }
  return joined(chunks, length);
};
