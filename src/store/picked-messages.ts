import { randomBytes } from 'node:crypto';
import { z } from 'zod';
import { Failure } from '../conversation/failure.ts';
import type { PickedMessage, PickedMessages } from '../conversation/picked-message.ts';
import type { Store } from './open-store.ts';

/** Milliseconds for typing a question. */
const KEPT_MS = 30 * 60 * 1000;

const VERSION = 1;

const content = z.object({
  text: z.string(),
  embeds: z.array(z.string()).optional(),
  also: z.array(z.string()).optional(),
  get forwarded() {
    return content.optional();
  },
});

const record = z.object({
  version: z.literal(VERSION),
  id: z.string(),
  channelId: z.string(),
  pickedBy: z.string(),
  quoted: content.extend({ author: z.object({ id: z.string(), name: z.string() }) }),
  files: z.array(z.object({ name: z.string(), url: z.string(), size: z.number(), contentType: z.string().optional() })),
});

const keyOf = (id: string): string => `picked:${id}`;

const fromRecord = (text: string): PickedMessage | undefined => {
  try {
    const { data } = record.safeParse(JSON.parse(text));
    if (data === undefined) return undefined;
    const { version: _version, ...picked } = data;
    return picked as PickedMessage;
  } catch {
    return undefined;
  }
};

const guard = async <Result>(what: string, work: () => Promise<Result>): Promise<Result> => {
  try {
    return await work();
  } catch (error) {
    throw new Failure('store', `${what}: ${error instanceof Error ? error.message : String(error)}`, { cause: error });
  }
};

/** Picked messages in keyv: a form may be sent to another process than the one that showed it, or after a restart. */
export const createPickedMessages = (store: Store): PickedMessages => ({
  keep: (picked) =>
    guard('A picked message could not be kept', async () => {
      const id = randomBytes(16).toString('base64url');
      await store.set(keyOf(id), JSON.stringify({ version: VERSION, ...picked }), KEPT_MS);
      return id;
    }),
  find: (id) =>
    guard('A picked message could not be read', async () => {
      const text = await store.get(keyOf(id));
      return text === undefined ? undefined : fromRecord(text);
    }),
});
