import { randomBytes } from 'node:crypto';
import { z } from 'zod';
import { checkedTable } from './checked-table.ts';
import { bounds, quotedMessage } from './record-parts.ts';
import { jsonKind } from './record-kind.ts';
import { idIn } from './set-aside.ts';
import { asStoreFailure } from './sqlite-errors.ts';
import type { PickedMessage, PickedMessages } from '../conversation/ports.ts';
import type { Store } from './open-store.ts';

/** Milliseconds for typing a question. */
const KEPT_MS = 30 * 60 * 1000;

const VERSION = 1;

const record = z.object({
  version: z.literal(VERSION),
  id: bounds.id,
  channelId: bounds.id,
  pickedBy: bounds.id,
  quoted: quotedMessage,
  files: z.array(z.object({ name: z.string(), url: z.string(), size: z.number(), contentType: z.string().optional() })).max(1_000),
});

export const pickedKind = jsonKind<PickedMessage & { readonly version: typeof VERSION }>({ name: 'picked message', prefix: 'picked:', version: VERSION, schema: record });

/** Picked messages in keyv: a form may be sent to another process than the one that showed it, or after a restart. */
export const createPickedMessages = (store: Store): PickedMessages => {
  // What is asked about one is asked in the conversation of its channel.
  const messages = checkedTable(store, pickedKind, { conversationOf: (_id, text) => idIn(text, 'channelId') });
  return {
    keep: (picked) =>
      asStoreFailure('A picked message could not be kept', async () => {
        const id = randomBytes(16).toString('base64url');
        await messages.save(id, { version: VERSION, ...picked }, KEPT_MS);
        return id;
      }),
    find: (id) =>
      asStoreFailure('A picked message could not be read', async () => {
        const found = await messages.find(id);
        if (found === undefined) return undefined;
        const { version: _version, ...picked } = found.value;
        return picked;
      }),
  };
};
