import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, vi } from 'vitest';
import { createLedgerStore } from '../../src/store/ledger-store.ts';
import { openStore } from '../../src/store/open-store.ts';
import { createSeal } from '../../src/store/seal.ts';
import type { Place } from '../../src/conversation/ledger.ts';
import type { Question } from '../../src/conversation/question.ts';
import type { LedgerStore, LedgerStoreOptions } from '../../src/store/ledger-store.ts';
import type { Store } from '../../src/store/open-store.ts';

const opened: Store[] = [];
afterEach(async () => {
  vi.useRealTimers();
  for (const store of opened.splice(0)) await store.close();
});

export const lines: string[] = [];
export const log = Object.fromEntries(['debug', 'info', 'warn', 'error', 'fatal'].map((level) => [level, (_fields: object, message: string) => lines.push(message)]));

export const freshUrl = (): string => `sqlite://${join(mkdtempSync(join(tmpdir(), 'parley-')), 'store.sqlite')}`;
export const open = (url: string): Store => {
  const store = openStore(url, { table: 'ledger' });
  opened.push(store);
  return store;
};
export const ledgerOn = (store: Store, options: Partial<LedgerStoreOptions> = {}): LedgerStore =>
  createLedgerStore({
    store,
    seal: createSeal('a token'),
    ttlMs: 60_000,
    youngMs: 60_000,
    now: Date.now,
    log: log as never,
    ...options,
  });

export const question = (id: string): Question => ({ id, conversationId: 'c', guildId: 'g', asker: { id: 'ana', name: 'Ana' }, askedAt: Date.now(), text: 'why?', isShared: true });
export const channel = (id: string): Place => ({ channelId: 'c', replyTo: id, interaction: undefined, isPrivate: false, canSendMessages: true });
export const byCommand: Place = {
  channelId: 'c',
  replyTo: undefined,
  interaction: { id: 'i', applicationId: 'a', token: 'secret-token', expiresAt: 1 },
  isPrivate: false,
  canSendMessages: true,
};
