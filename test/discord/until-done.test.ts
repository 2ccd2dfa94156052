import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { createQuestionDeleted } from '../../src/discord/controls/question-deleted.ts';
import { createUntilDone } from '../../src/discord/controls/until-done.ts';
import { createRecentIds } from '../../src/discord/rest/recent-ids.ts';

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

const createWork = () => {
  const said: string[] = [];
  const note = (_fields: unknown, message: string): void => void said.push(message);
  const untilDone = createUntilDone({ debug: () => undefined, info: note, warn: note, error: note, fatal: note } as never);
  return { said, untilDone };
};

describe('what has to be done', () => {
  it('is tried until it has worked, and said to be done once', async () => {
    const { said, untilDone } = createWork();
    let attempts = 0;
    untilDone.later('a', async () => {
      attempts += 1;
      if (attempts < 3) throw new Error('locked');
    });
    await vi.advanceTimersByTimeAsync(60_000);
    expect([attempts, said]).toEqual([3, ['what was deleted while the store failed has been forgotten']]);
  });

  it('is not said to be done where the process goes down in the middle of it', async () => {
    const { said, untilDone } = createWork();
    const store = Promise.withResolvers<void>();
    untilDone.later('a', () => store.promise);
    untilDone.later('b', async () => undefined);
    await vi.advanceTimersByTimeAsync(3_000);
    untilDone.stop();
    store.resolve();
    await vi.advanceTimersByTimeAsync(60_000);
    expect(said).toEqual([]);
  });

  it('of a hundred messages that were deleted together is told in one line, and all of it is done', async () => {
    const { said, untilDone } = createWork();
    let isLocked = true;
    const looked = new Set<string>();
    const findAnswer = async (id: string): Promise<undefined> => {
      if (isLocked) throw new Error('locked');
      looked.add(id);
    };
    const note = (_fields: unknown, message: string): void => void said.push(message);
    const deleted = createQuestionDeleted({ bursts: { deleted: async () => false }, ledger: { find: async () => undefined }, inProgress: { all: () => [] }, findAnswer, deleted: createRecentIds(1_000), untilDone, log: { error: note } } as never);
    const ids = Array.from({ length: 100 }, (_, index) => String(index));
    await deleted.messages(ids);
    expect(said).toEqual(['what was deleted cannot be looked up now; it is as soon as the store works']);
    isLocked = false;
    await vi.advanceTimersByTimeAsync(5_000);
    expect([...looked].toSorted()).toEqual(ids.toSorted());
    expect(said.slice(1)).toEqual(['what was deleted while the store failed has been forgotten']);
  });
});
