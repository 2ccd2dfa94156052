import { setTimeout as sleep } from 'node:timers/promises';
import { GrowingBytes } from '../../conversation/paged-bytes.ts';
import { GONE, UNDELIVERED } from '../texts/file-texts.ts';
import { SkipFile, tooLarge } from './skip-file.ts';

const GONE_STATUSES = new Set([403, 404, 410]);

/** Before the second attempt, in milliseconds. */
const RETRY_MS = 250;

/** What may go better the next time. */
class Undelivered extends SkipFile {}

const mayPass = (status: number): boolean => status >= 500 || status === 429 || status === 408;

const downloadOnce = async (url: URL, maxBytes: number, signal: AbortSignal): Promise<Uint8Array> => {
  const response = await fetch(url, { redirect: 'manual', signal, headers: { 'accept-encoding': 'identity' } });
  if (response.status !== 200 || Number(response.headers.get('content-length')) > maxBytes) {
    await response.body?.cancel();
    if (response.status === 200) throw tooLarge(maxBytes);
    if (mayPass(response.status)) throw new Undelivered(UNDELIVERED);
    throw new SkipFile(GONE_STATUSES.has(response.status) ? GONE : UNDELIVERED);
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

/**
 * The bytes behind an address; what fails once is tried once more. A redirect is not followed: it could lead into the network
 * that this program runs in.
 *
 * @param maxBytes the most that is read, whatever the answer says of its length
 * @throws SkipFile when the answer is no file or too large; the signal's reason when that aborts; else an error of `fetch`
 */
export const download = async (url: URL, maxBytes: number, signal: AbortSignal): Promise<Uint8Array> => {
  try {
    return await downloadOnce(url, maxBytes, signal);
  } catch (error) {
    if (signal.aborted || (error instanceof SkipFile && !(error instanceof Undelivered))) throw error;
  }
  await sleep(RETRY_MS, undefined, { signal });
  return downloadOnce(url, maxBytes, signal);
};
