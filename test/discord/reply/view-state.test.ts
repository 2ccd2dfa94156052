import { describe, expect, it } from 'vitest';
import { Failure } from '../../../src/conversation/failure.ts';
import { createViewState } from '../../../src/discord/reply/view-state.ts';
import type { ViewStateName } from '../../../src/discord/reply/view-state.ts';

type Entered = Exclude<ViewStateName, 'lost'>;
const after = (...states: readonly Entered[]) => {
  const state = createViewState();
  for (const next of states) state.enter(next);
  return state;
};

describe('the state of an answer that people see', () => {
  it('goes from waiting over the first words and drafts to its end, and begins with waiting', () => {
    const state = createViewState();
    const seen: ViewStateName[] = [state.is];
    for (const next of ['gathering', 'drafting', 'ending', 'ended'] as const) {
      expect(state.isOver).toBe(false);
      expect(state.mayGrow).toBe(next !== 'ended');
      state.enter(next);
      seen.push(state.is);
    }
    expect(seen).toEqual(['waiting', 'gathering', 'drafting', 'ending', 'ended']);
    expect([state.isOver, state.mayGrow, state.lostBy]).toEqual([true, false, undefined]);
  });

  it('may end, be left or be lost at any time before it is over, and says by what', () => {
    for (const before of [[], ['gathering'], ['gathering', 'drafting']] as const) {
      expect(after(...before, 'ending').is).toBe('ending');
      expect(after(...before, 'left').isOver).toBe(true);
      const state = after(...before);
      state.lose(new Failure('undeliverable', 'the channel is closed'));
      expect([state.is, state.isOver, state.mayGrow, state.lostBy?.message]).toEqual(['lost', true, false, 'the channel is closed']);
    }
  });

  it('never comes back to life', () => {
    for (const over of [['ending', 'ended'], ['left']] as const) {
      for (const next of ['waiting', 'gathering', 'drafting', 'ending', 'ended'] as const) {
        expect(() => after(...over, next)).toThrow(`cannot be ${next}`);
      }
    }
    expect(() => after('ending', 'ended').lose(new Failure('undeliverable', 'too late'))).toThrow('cannot be lost');
    const left = after('left');
    left.lose(new Failure('undeliverable', 'a request that was under way'));
    expect(left.is).toBe('lost');
    expect(() => left.enter('ended')).toThrow('cannot be ended');
  });

  it('shows no draft without its first words, nor behind an end', () => {
    expect(() => after('drafting')).toThrow('An answer that is waiting cannot be drafting.');
    expect(() => after('ending', 'drafting')).toThrow('cannot be drafting');
    expect(() => after('ended')).toThrow('cannot be ended');
  });

  it('begins what belongs to a state when that is entered, and ends it when it is left, whatever follows', () => {
    const done: string[] = [];
    const work = (name: ViewStateName) => ({ begin: () => void done.push(`${name} begins`), end: () => void done.push(`${name} ends`) });
    const state = createViewState({ waiting: work('waiting'), gathering: work('gathering'), ending: work('ending'), lost: work('lost') });
    state.enter('gathering');
    state.enter('ending');
    expect(() => state.enter('drafting')).toThrow('cannot be drafting');
    state.lose(new Failure('undeliverable', 'the channel is closed'));
    expect(done).toEqual(['waiting ends', 'gathering begins', 'gathering ends', 'ending begins', 'ending ends', 'lost begins']);
  });

  it('sends nothing between the first words and their draft, nor when it is over', () => {
    const sends = (...states: readonly Entered[]): boolean => after(...states).maySend;
    expect([sends(), sends('gathering'), sends('gathering', 'drafting'), sends('ending')]).toEqual([true, false, true, true]);
    expect([sends('ending', 'ended'), sends('left')]).toEqual([false, false]);
  });
});
