import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createLedgerStore } from '../../src/store/ledger-store.ts';
import { openStore } from '../../src/store/open-store.ts';
import { createSeal } from '../../src/store/seal.ts';
import type { Place } from '../../src/conversation/ledger.ts';
import type { LedgerStore } from '../../src/store/ledger-store.ts';
import type { Store } from '../../src/store/open-store.ts';

let store: Store;
let ledger: LedgerStore;
beforeEach(() => {
  store = openStore('memory://', { table: 'ledger' });
  const log = Object.fromEntries(['debug', 'info', 'warn', 'error', 'fatal'].map((level) => [level, () => undefined])) as never;
  ledger = createLedgerStore({ store, seal: createSeal('a token'), ttlMs: 60_000, youngMs: 60_000, now: Date.now, log });
});
afterEach(async () => {
  await ledger.close();
  await store.close();
});

const SECRET = 'SECRET';
const asked = async (id: string, conversationId: string, channelId = conversationId) => {
  const question = { id, conversationId, guildId: undefined, asker: { id: '7', name: 'Ana' }, askedAt: Date.now(), text: `${SECRET} "conversationId":"1"`, isShared: true };
  const place: Place = { channelId, replyTo: undefined, interaction: undefined, isPrivate: false, canSendMessages: true, preface: `-# <@7>: \`${SECRET}\`` };
  const claim = await ledger.claim(question, place);
  if (claim === undefined) throw new Error('It is not ours');
  claim.shown(`message-${id}`);
  return claim;
};
const interrupted = async (id: string, conversationId: string, channelId?: string) =>
  (await asked(id, conversationId, channelId)).end({ state: 'failed', reason: 'interrupted', canRetry: true });
const holding = async (): Promise<string[]> => (await Array.fromAsync(store.entries('question:'))).flatMap(([key, text]) => (text.includes(SECRET) ? [key] : []));

describe('what can be tried again', () => {
  it('is forgotten with its conversation and no other; what is under way stays', async () => {
    await interrupted('a', '1');
    await interrupted('b', '1:7', '1');
    await interrupted('c', '11');
    await asked('d', '1');
    const forgotten = await ledger.forget({ conversationId: '1' });
    expect(forgotten.map(({ questionId, messageIds }) => [questionId, messageIds])).toEqual([['a', ['message-a']]]);
    expect(await holding()).toEqual(['question:b', 'question:c', 'question:d']);
    expect(await ledger.reopen('a')).toBeUndefined();
    expect(await ledger.find('a')).toMatchObject({ state: 'failed', reason: 'forgotten', conversationId: '1', askerId: '7' });
    expect(await ledger.reopen('c')).toBeDefined();
    // Nothing is forgotten twice.
    expect(await ledger.forget({ conversationId: '1' })).toEqual([]);
  });

  it('is forgotten by itself', async () => {
    for (const id of ['a', 'b']) await interrupted(id, '1');
    expect((await ledger.forget({ questionId: 'a' })).map(({ questionId }) => questionId)).toEqual(['a']);
    expect(await ledger.forget({ questionId: 'c' })).toEqual([]);
    expect(await holding()).toEqual(['question:b']);
  });

  it('is forgotten with its channel, in all conversations there', async () => {
    await interrupted('a', '1');
    await interrupted('b', '1:7', '1');
    await interrupted('c', '11');
    expect((await ledger.forget({ channelId: '1' })).map(({ questionId }) => questionId)).toEqual(['a', 'b']);
    expect(await holding()).toEqual(['question:c']);
  });

  it('is forgotten also where its row cannot be read, unless it has to be brought to an end', async () => {
    await interrupted('a', '1');
    await asked('b', '1');
    await ledger.flush();
    for (const id of ['a', 'b']) {
      const text = await store.get(`question:${id}`);
      await store.set(`question:${id}`, String(text).replace('"version":1', '"version":"one"'), 60_000);
    }
    await ledger.forget({ conversationId: '1' });
    expect(await holding()).toEqual(['question:b']);
    expect(await ledger.find('a')).toMatchObject({ state: 'failed' });
  });

  it('is forgotten where it waits for somebody to take it up, who finds that out', async () => {
    (await asked('a', '1')).release('held up');
    (await asked('b', '11')).release('held up');
    await ledger.flush();
    // There is no button that could go.
    expect(await ledger.forget({ conversationId: '1' })).toEqual([]);
    expect(await holding()).toEqual(['question:b']);
    const claim = (await ledger.takeAbandoned()).find(({ row }) => row.questionId === 'a');
    expect(claim?.row).toMatchObject({ reason: 'forgotten', state: 'running' });
    expect(claim?.row.question).toBeUndefined();
    claim?.release('held up');
    await ledger.flush();
    expect(await ledger.find('a')).toMatchObject({ reason: 'forgotten' });
  });

  it('is forgotten while what announced it is being taken back', async () => {
    const claim = await asked('a', '1');
    claim.end({ state: 'failed', reason: 'interrupted', canRetry: true }, true);
    await ledger.forget({ conversationId: '1' });
    claim.end({ state: 'failed', reason: 'interrupted', ...(claim.row.canRetry === undefined ? {} : { canRetry: claim.row.canRetry }) });
    await ledger.flush();
    expect(await holding()).toEqual([]);
  });

  it('is not forgotten where somebody is just trying it', async () => {
    await interrupted('a', '1');
    const claim = await ledger.reopen('a');
    expect(await ledger.forget({ conversationId: '1' })).toEqual([]);
    expect(claim?.row.question?.text).toContain(SECRET);
  });
});
