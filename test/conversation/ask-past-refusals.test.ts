import { describe, expect, it } from 'vitest';
import { askPastRefusals } from '../../src/conversation/ask-past-refusals.ts';
import { Failure } from '../../src/conversation/failure.ts';
import type { FailureKind } from '../../src/conversation/failure.ts';
import type { Exchange, History } from '../../src/conversation/history.ts';

const exchange = (id: number, withFile = false): Exchange => ({
  id: String(id),
  askerId: '7',
  askedAt: id,
  turns: [
    { role: 'user', content: [{ text: `question ${id}` }, ...(withFile ? [{ image: { format: 'png', source: { bytes: new Uint8Array(3) } } } as const] : [])] },
    { role: 'assistant', content: [{ text: `answer ${id}` }] },
  ],
  replyMessageIds: [],
  stopReason: 'end_turn',
});
const historyOf = (count: number, withFile = false): History => ({ exchanges: Array.from({ length: count }, (_, index) => exchange(index, withFile && index === 0)) });

/** A model that takes so many exchanges at most. */
const asking = (most: number, kind: FailureKind = 'too-long') => {
  const lengths: number[] = [];
  const ask = async ({ exchanges }: History): Promise<string> => {
    lengths.push(exchanges.length);
    if (exchanges.length > most) throw new Failure(kind, 'no');
    return 'yes';
  };
  return { ask, lengths };
};

describe('a conversation that is too long for the model, or for the quota of a minute', () => {
  it.each<[number, number[], FailureKind]>([
    [60, [100, 49], 'too-long'],
    [30, [100, 49, 9], 'too-long'],
    [0, [100, 49, 9, 0], 'too-long'],
    [30, [100, 49, 9], 'beyond-quota'],
    [0, [100, 49, 9, 0], 'beyond-quota'],
  ])('loses its older exchanges in large steps, until %i of 100 are left', async (most, steps, kind) => {
    const { ask, lengths } = asking(most, kind);
    const { result, history, wereFilesRefused } = await askPastRefusals(historyOf(100), ask, () => true);
    expect(result).toBe('yes');
    expect(lengths).toEqual(steps);
    expect(history.exchanges.at(-1)?.id).toBe(steps.at(-1) === 0 ? undefined : '99');
    expect(wereFilesRefused).toBe(false);
  });

  it('of a single exchange loses that', async () => {
    const { ask, lengths } = asking(0);
    await askPastRefusals(historyOf(1), ask, () => true);
    expect(lengths).toEqual([1, 0]);
  });

  it('is not to blame where the question is too long by itself', async () => {
    const { ask, lengths } = asking(-1);
    await expect(askPastRefusals(historyOf(100), ask, () => true)).rejects.toMatchObject({ kind: 'too-long' });
    expect(lengths).toEqual([100, 49, 9, 0]);
    const alone = asking(-1);
    await expect(askPastRefusals(historyOf(0), alone.ask, () => true)).rejects.toMatchObject({ kind: 'too-long' });
    expect(alone.lengths).toEqual([0]);
  });

  it('first loses its files', async () => {
    const { ask, lengths } = asking(5);
    const { wereFilesRefused } = await askPastRefusals(historyOf(10, true), ask, () => true);
    expect(lengths).toEqual([10, 10, 5]);
    expect(wereFilesRefused).toBe(true);
  });

  it('stays as it is for other refusals, and when a part of the answer was shown', async () => {
    const other = asking(5, 'request-refused');
    await expect(askPastRefusals(historyOf(10), other.ask, () => true)).rejects.toMatchObject({ kind: 'request-refused' });
    expect(other.lengths).toEqual([10]);
    const shown = asking(5);
    await expect(askPastRefusals(historyOf(10), shown.ask, () => false)).rejects.toMatchObject({ kind: 'too-long' });
    expect(shown.lengths).toEqual([10]);
  });
});

describe('a turn that the model refuses', () => {
  /** Refuses whatever these exchanges say, by the turn in which it stands. */
  const refusing = (bad: readonly string[], behind = false) => {
    const asked: string[][] = [];
    const ask = async ({ exchanges }: History): Promise<string> => {
      asked.push(exchanges.map(({ id }) => id));
      const at = exchanges.findIndex(({ id }) => bad.includes(id));
      if (at !== -1 || behind) throw new Failure('request-refused', 'no', { turnIndex: at === -1 ? exchanges.length * 2 : at * 2 + 1 });
      return 'yes';
    };
    return { ask, asked };
  };

  it('is left out where the refusal names it, and nothing else is', async () => {
    const { ask, asked } = refusing(['1', '3']);
    const { history, setAside, wereFilesRefused } = await askPastRefusals(historyOf(5, true), ask, () => true);
    expect(asked).toHaveLength(3);
    expect(history.exchanges.map(({ id }) => id)).toEqual(['0', '2', '4']);
    expect([...setAside]).toEqual(['1', '3']);
    expect(wereFilesRefused).toBe(false);
  });

  it('is looked for in a few calls only, never behind a part of an answer, and not in what is asked now', async () => {
    const all = refusing(['0', '1', '2', '3', '4']);
    await expect(askPastRefusals(historyOf(5), all.ask, () => true)).rejects.toMatchObject({ kind: 'request-refused' });
    expect(all.asked).toHaveLength(4);
    const shown = refusing(['1']);
    await expect(askPastRefusals(historyOf(5), shown.ask, () => false)).rejects.toMatchObject({ kind: 'request-refused' });
    expect(shown.asked).toHaveLength(1);
    const own = refusing([], true);
    await expect(askPastRefusals(historyOf(5), own.ask, () => true)).rejects.toMatchObject({ kind: 'request-refused' });
    expect(own.asked).toHaveLength(1);
  });
});
