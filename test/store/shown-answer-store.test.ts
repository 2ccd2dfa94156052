import { afterEach, describe, expect, it, vi } from 'vitest';
import { openStore } from '../../src/store/open-store.ts';
import { createPendingQuestionStore, createShownAnswerStore } from '../../src/store/shown-answer-store.ts';
import type { ShownAnswer } from '../../src/conversation/shown-answer.ts';

const PROCESSES = { owner: 'this', isAlive: async () => false };
const DAY_MS = 24 * 60 * 60 * 1000;
const open = () => openStore('memory://');
const answer: ShownAnswer = {
  questionId: '1',
  conversationId: '2',
  asker: { id: '3', name: 'Ana' },
  askedAt: 4,
  isShared: true,
  isPrivate: false,
  channelId: '2',
  messageIds: ['5', '6'],
  isCutOff: false,
};

afterEach(() => {
  vi.useRealTimers();
});

describe('shown answers', () => {
  it('are found by the id of their buttons, until they are dropped or their time is over', async () => {
    const store = open();
    const answers = createShownAnswerStore({ store, ttlMs: DAY_MS, processes: PROCESSES });
    await answers.save('a', answer);
    await answers.save('b', { ...answer, guildId: '7', replyTo: '8', continuedBy: '9' });
    expect(await answers.find('a')).toEqual(answer);
    expect(await answers.find('b')).toEqual({ ...answer, guildId: '7', replyTo: '8', continuedBy: '9' });
    await answers.drop('b');
    expect(await answers.find('b')).toBeUndefined();
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + DAY_MS + 1 });
    expect(await answers.find('a')).toBeUndefined();
  });

  it('whose buttons are dead are noted until those have gone', async () => {
    const answers = createShownAnswerStore({ store: open(), ttlMs: DAY_MS, processes: PROCESSES });
    await answers.noteDead(['b', 'a']);
    await answers.noteDead(['a', 'c']);
    expect(await Array.fromAsync(answers.dead())).toEqual(['a', 'b', 'c']);
    await answers.forgetDead('b');
    expect(await Array.fromAsync(answers.dead())).toEqual(['a', 'c']);
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + DAY_MS + 1 });
    expect(await Array.fromAsync(answers.dead())).toEqual([]);
  });

  it('are listed all, and others have their turn meanwhile', async () => {
    const store = open();
    const answers = createShownAnswerStore({ store, ttlMs: DAY_MS, processes: PROCESSES });
    for (let index = 0; index < 500; index += 1) await answers.save(`a${index}`, { ...answer, questionId: String(index) });
    let turns = 0;
    const turn = (): void => {
      turns += 1;
      immediate = setImmediate(turn);
    };
    let immediate = setImmediate(turn);
    const listed = await Array.fromAsync(answers.all());
    clearImmediate(immediate);
    expect(listed).toHaveLength(500);
    expect(turns).toBeGreaterThanOrEqual(9);
  });

  it.each(['', 'null', '{', '{"questionId":1}'])('of a form that nobody knows (%s) count as gone', async (text) => {
    const store = open();
    await store.set('answer:a', text, DAY_MS);
    expect(await createShownAnswerStore({ store, ttlMs: DAY_MS, processes: PROCESSES }).find('a')).toBeUndefined();
  });

  it('are claimed by one at a time, and a claim that nobody releases ends by itself', async () => {
    const store = open();
    const dead = new Set<string>();
    const processOf = (owner: string) => createShownAnswerStore({ store, ttlMs: DAY_MS, processes: { owner, isAlive: async (one) => !dead.has(one) } });
    const [one, other] = [processOf('one'), processOf('other')];
    expect(await Promise.all([one.claim('a'), other.claim('a'), one.claim('b')])).toEqual([true, false, true]);
    await one.release('a');
    expect(await other.claim('a')).toBe(true);
    // Whatever its clock says, and however long the answer takes.
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 600_000 });
    expect(await Promise.all([one.claim('a'), other.claim('a')])).toEqual([false, false]);
    dead.add('other');
    expect(await one.claim('a')).toBe(true);
    expect(await processOf('third').claim('a')).toBe(false);
    await one.release('a');
    expect(await processOf('third').claim('a')).toBe(true);
  });

  it('are claimed again by whoever could not release them', async () => {
    const store = open();
    let isLocked = false;
    const locking = { ...store, delete: async (key: string) => (isLocked ? Promise.reject(new Error('locked')) : store.delete(key)) };
    const answers = createShownAnswerStore({ store: locking, ttlMs: DAY_MS, processes: PROCESSES });
    expect(await answers.claim('a')).toBe(true);
    isLocked = true;
    await expect(answers.release('a')).rejects.toThrow('locked');
    isLocked = false;
    expect(await answers.claim('a')).toBe(true);
    expect(await answers.claim('a')).toBe(false);
  });
});

describe('pending questions', () => {
  it('are forgotten with their conversation, and with no other that begins alike', async () => {
    const store = open();
    const pending = createPendingQuestionStore({ store, ttlMs: DAY_MS });
    const said = { text: 'my secret', hasFiles: false };
    for (const conversationId of ['12', '12:3', '123']) await pending.save(conversationId, '1', said);
    await pending.save('12', '2', { ...said, repliedTo: { author: { id: '4', name: 'Bo' }, text: 'tea' } });
    await pending.forget('12');
    expect(await Promise.all(['12', '12:3', '123'].map((id) => pending.find(id, '1')))).toEqual([undefined, said, said]);
    expect(await pending.find('12', '2')).toBeUndefined();
    const quoted = { text: 'tea', embeds: ['a card'], forwarded: { text: 'further', forwarded: { text: 'furthest' } } };
    await pending.save('123', '2', { ...said, repliedTo: { author: { id: '4', name: 'Bo' }, ...quoted }, forwarded: quoted });
    expect(await pending.find('123', '2')).toEqual({ ...said, repliedTo: { author: { id: '4', name: 'Bo' }, ...quoted }, forwarded: quoted });
    await pending.drop('123', '2');
    const left = await Array.fromAsync(store.entries(''), ([key]) => key);
    expect(left).toEqual(['pending:123/1', 'pending:12:3/1']);
    await pending.drop('123', '1');
    expect(await pending.find('123', '1')).toBeUndefined();
  });
});
