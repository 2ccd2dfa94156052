import { afterEach, describe, expect, it } from 'vitest';
import { startAnswering } from './scope-circles.ts';
import type { Question } from '../../src/conversation/question.ts';

let process: ReturnType<typeof startAnswering>;
afterEach(() => process.close());

/** What is asked in a chain of replies, as a reply to the answer of another. */
const replyTo = (id: number, to: number | undefined): Question => ({
  id: String(id),
  conversationId: '100',
  guildId: '9',
  asker: { id: '7', name: 'Ana' },
  askedAt: 1_000,
  text: 'What do you say to that? '.repeat(4),
  isShared: true,
  ...(to === undefined ? {} : { pointsAt: [`5${to}`] }),
});
const ask = async (id: number, to?: number): Promise<string[]> => {
  const { prompt } = await process.ask(replyTo(id, to), `5${id}`);
  return (JSON.parse(prompt) as unknown[]).map((turn) => JSON.stringify(turn));
};
const beginsWith = (prompt: readonly string[], earlier: readonly string[]): boolean => earlier.every((turn, index) => prompt[index] === turn);

describe('the prompts of a chain of replies', () => {
  it('begin as the one before in their branch did, for many turns, also where both have outgrown their room', async () => {
    process = startAnswering('memory://', () => 'reply', () => false, () => 'Certainly. '.repeat(10), 2_000);
    const root = await ask(1);
    const branches = [0, 1].map(() => ({ last: 1, prompt: root, breaks: 0 }));
    let id = 1;
    for (let turn = 0; turn < 60; turn += 1) {
      for (const branch of branches) {
        id += 1;
        const prompt = await ask(id, branch.last);
        if (!beginsWith(prompt, branch.prompt)) branch.breaks += 1;
        Object.assign(branch, { last: id, prompt });
      }
    }
    for (const { breaks, prompt } of branches) {
      expect(prompt.length).toBeGreaterThan(20);
      // A quarter leaves each time.
      expect(breaks).toBeGreaterThan(0);
      expect(breaks).toBeLessThan(12);
    }
    // What has no room on any way is forgotten, as in a room; an answer on one of them can be gone on from.
    expect(await ask(id + 1, 1)).toHaveLength(1);
    expect((await ask(id + 2, id - 4)).length).toBeGreaterThan(10);
  });

  it('take as much of the store at the five hundredth turn as at the tenth', async () => {
    process = startAnswering('memory://', () => 'reply', () => false, () => 'Certainly.');
    const { store } = process;
    let [written, read] = [0, 0];
    const { setMany, get, withPrefix } = store;
    store.setMany = (entries, ...rest) => {
      written += entries.length + (rest[0]?.length ?? 0);
      return setMany(entries, ...rest);
    };
    store.get = (...args) => {
      read += 1;
      return get(...args);
    };
    store.withPrefix = (...args) => {
      read += 100;
      return withPrefix(...args);
    };
    const taken = new Map<number, readonly [number, number]>();
    for (let turn = 1; turn <= 500; turn += 1) {
      [written, read] = [0, 0];
      await ask(turn, turn === 1 ? undefined : turn - 1);
      taken.set(turn, [written, read]);
    }
    // The record of the conversation, the exchange, and where its question and its answer are; what it hangs on is known without a look of its own.
    expect([taken.get(10), taken.get(500)]).toEqual([[4, 1], [4, 1]]);
  });
});
