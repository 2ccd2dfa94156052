import { GrowingBytes } from '../../conversation/paged-bytes.ts';
import { SkipFile, tooLarge } from './skip-file.ts';

const GONE = new Set([403, 404, 410]);

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
  const received = new GrowingBytes(maxBytes);
  try {
    for await (const chunk of response.body ?? []) {
      if (received.length + chunk.length > maxBytes) throw tooLarge(maxBytes);
      received.push(chunk);
    }
  } catch (error) {
    received.drop();
    throw error;
  }
  return received.bytes();
};
