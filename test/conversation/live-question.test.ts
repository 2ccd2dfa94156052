import { describe, expect, it } from 'vitest';
import { createLiveQuestion } from '../../src/conversation/live-question.ts';
import type { Question } from '../../src/conversation/question.ts';

const said = (id: string, text: string): Question => ({ id, conversationId: '10', guildId: undefined, asker: { id: '7', name: 'Ana' }, askedAt: 0, text, isShared: false });

describe('a question that is said in several messages', () => {
  it('reads in the order in which they were sent, whichever is heard of first', () => {
    const live = createLiveQuestion(said('9', 'one'));
    live.extend(said('11', 'three'));
    live.extend(said('10', 'two'));
    expect(live.current).toMatchObject({ id: '9', text: 'one\ntwo\nthree', parts: ['10', '11'] });
    expect(live.more.toSorted()).toEqual(['10', '11']);
  });

  it('is without what was taken back of it, and all of what was changed', () => {
    const live = createLiveQuestion(said('9', 'one'));
    live.extend(said('10', 'two'));
    live.extend(said('11', 'three'));
    expect(live.withdraw('10')).toBe(true);
    expect(live.withdraw('12')).toBe(false);
    live.revise(said('9', 'One'));
    live.extend(said('11', 'Three'));
    expect(live.current.text).toBe('One\nThree');
    expect(live.withdraw('11')).toBe(true);
    expect(live.current).toEqual(said('9', 'One'));
  });

  it('is asked from its beginning each time that something is added or taken back, and is not settled then', () => {
    const live = createLiveQuestion(said('9', 'one'));
    live.settle();
    const first = live.attempt;
    expect([live.isSettled, first.aborted]).toEqual([true, false]);
    live.extend(said('10', 'two'));
    expect([live.isSettled, first.aborted, live.attempt.aborted]).toEqual([false, true, false]);
    const second = live.attempt;
    expect(live.withdraw('11')).toBe(false);
    expect(second.aborted).toBe(false);
    live.withdraw('10');
    expect(second.aborted).toBe(true);
  });

  it('is held until everybody has let it go, each of them once', async () => {
    const live = createLiveQuestion(said('9', 'one'));
    const [one, other] = [live.hold(), live.hold()];
    let isFree = false;
    const freed = live.free().then(() => (isFree = true));
    one();
    one();
    await Promise.resolve();
    expect([live.isFree, isFree]).toEqual([false, false]);
    other();
    await freed;
    expect(live.isFree).toBe(true);
  });
});
