import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { EMPTY_HISTORY, remember, without } from '../../src/conversation/history.ts';
import { createHistoryStore } from '../../src/store/history-store.ts';
import { createKeptFiles } from '../../src/store/kept-files.ts';
import { openStore } from '../../src/store/open-store.ts';
import type { Exchange, History } from '../../src/conversation/history.ts';

const CHAIN = '10:reply:1';
const OTHER = '20:reply:1';
const TTL_MS = 60_000;
const log = { error: () => undefined, warn: () => undefined } as never;

const exchange = (id: string, shownAs: string): Exchange => ({
  id,
  askerId: '7',
  askedAt: Date.now(),
  turns: [
    { role: 'user', content: [{ text: 'Hello' }] },
    { role: 'assistant', content: [{ text: 'Hi there.' }] },
  ],
  replyMessageIds: [shownAs],
  stopReason: 'end_turn',
});

const BOTH = [exchange('1', '2'), exchange('3', '4')].reduce(remember, EMPTY_HISTORY);

/** Two processes on one file, and what the first has read of it. */
const open = () => {
  const url = `sqlite://${join(mkdtempSync(join(tmpdir(), 'parley-')), 'parley.sqlite')}`;
  const process = () => {
    const store = openStore(url);
    return { store, histories: createHistoryStore({ store, files: createKeptFiles({ store: openStore('memory://'), ttlMs: TTL_MS, log }), ttlMs: TTL_MS, log }) };
  };
  const { store, histories } = process();
  const read: string[] = [];
  const { get } = store;
  store.get = (key) => {
    read.push(key);
    return get(key);
  };
  return { histories, other: process().histories, read };
};

describe('where a message was shown', () => {
  it('takes no read of its own in the process that has shown it', async () => {
    const { histories, read } = open();
    await histories.save(CHAIN, BOTH);
    read.length = 0;
    expect(await histories.findShown('4')).toEqual({ conversationId: CHAIN, continues: '3' });
    expect((await histories.load(CHAIN)).history).toEqual(BOTH);
    expect(read).toEqual([`history:${CHAIN}`]);
  });

  it('is the same for a question, for an earlier answer, and for another process', async () => {
    const { histories, other } = open();
    await histories.save(CHAIN, BOTH);
    for (const each of [histories, other]) {
      expect(await each.findShown('1')).toEqual({ conversationId: CHAIN, continues: '1' });
      expect(await each.findShown('2')).toEqual({ conversationId: CHAIN, continues: '1' });
      expect(await each.findShown('3')).toEqual({ conversationId: CHAIN, continues: '3' });
      expect(await each.findShown('5')).toBeUndefined();
    }
  });

  const AWAY: readonly (readonly [string, (by: ReturnType<typeof open>['histories']) => Promise<unknown>])[] = [
    ['forgets the conversation', (by) => by.forget(CHAIN)],
    ['leaves the answer out of it', (by) => by.revise(CHAIN, (history): History => without(history, '3'))],
  ];
  it.each(AWAY.flatMap(([what, how]) => [[what, 'the same process', how], [what, 'another process', how]] as const))('is nowhere any more when one %s, in %s', async (_what, who, how) => {
    const { histories, other } = open();
    await histories.save(CHAIN, BOTH);
    expect(await histories.findShown('4')).toBeDefined();
    await how(who === 'another process' ? other : histories);
    expect(await histories.findShown('4')).toBeUndefined();
  });

  it.each(['the same process', 'another process'])('goes along where a conversation moves, in %s', async (who) => {
    const { histories, other } = open();
    await histories.save(CHAIN, BOTH);
    await (who === 'another process' ? other : histories).move(CHAIN, OTHER, (id) => id);
    expect(await histories.findShown('4')).toEqual({ conversationId: OTHER, continues: '3' });
  });
});
