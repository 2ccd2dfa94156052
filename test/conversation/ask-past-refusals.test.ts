import { describe, expect, it } from 'vitest';
import { askPastRefusals } from '../../src/conversation/ask-past-refusals.ts';
import { Failure } from '../../src/conversation/failure.ts';
import { promptTurns } from '../../src/conversation/prompt.ts';
import fc from '../property.ts';
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
      const given = exchanges.filter((one) => promptTurns(one).length > 0).map(({ id }) => id);
      asked.push(given);
      const at = given.findIndex((id) => bad.includes(id));
      if (at !== -1 || behind) throw new Failure('request-refused', 'no', { turnIndex: at === -1 ? given.length * 2 : at * 2 + 1 });
      return 'yes';
    };
    return { ask, asked };
  };

  it('is left out where the refusal names it, and nothing else is', async () => {
    const { ask, asked } = refusing(['1', '3']);
    const { history, wereTurnsRefused, wereFilesRefused } = await askPastRefusals(historyOf(5, true), ask, () => true);
    expect(asked).toHaveLength(3);
    expect(asked.at(-1)).toEqual(['0', '2', '4']);
    expect(history.exchanges.filter(({ isRefused }) => isRefused).map(({ id }) => id)).toEqual(['1', '3']);
    expect([history.exchanges.length, wereTurnsRefused, wereFilesRefused]).toEqual([5, true, false]);
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

describe('what is refused without a word of where', () => {
  /** Refuses whatever these say, and the question itself where that is among them. */
  const refusing = (bad: (given: readonly string[]) => boolean) => {
    const asked: string[][] = [];
    const probed: string[][] = [];
    const givenIn = ({ exchanges }: History): string[] => exchanges.filter((one) => promptTurns(one).length > 0).map(({ id }) => id);
    const ask = async (history: History): Promise<string> => {
      asked.push(givenIn(history));
      if (bad(givenIn(history))) throw new Failure('request-refused', 'The flux capacitor is misaligned.');
      return 'yes';
    };
    const isRefused = async (history: History): Promise<boolean> => {
      probed.push(givenIn(history));
      return bad(givenIn(history));
    };
    return { ask, isRefused, asked, probed };
  };
  const asideIn = ({ exchanges }: History): string[] => exchanges.filter(({ isRefused }) => isRefused === true).map(({ id }) => id);

  it('is the newest exchange first, which costs no call but the two', async () => {
    const { ask, isRefused, asked, probed } = refusing((given) => given.includes('99'));
    const { history, wereTurnsRefused } = await askPastRefusals(historyOf(100), ask, () => true, { isRefused });
    expect([asideIn(history), asked.length, probed.length, wereTurnsRefused]).toEqual([['99'], 2, 0, true]);
  });

  it('is found by halving otherwise, in as many calls as it can be halved, which read no more than the history once', async () => {
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 2, max: 200 }), fc.nat(), async (count, which) => {
        const bad = String(which % (count - 1));
        const { ask, isRefused, asked, probed } = refusing((given) => given.includes(bad));
        const { result, history, wereTurnsRefused } = await askPastRefusals(historyOf(count), ask, () => true, { isRefused });
        expect([result, asideIn(history), history.exchanges.length, wereTurnsRefused]).toEqual(['yes', [bad], count, true]);
        expect(asked).toHaveLength(3);
        expect(asked.at(-1)).toHaveLength(count - 1);
        expect(probed.length).toBeLessThanOrEqual(Math.ceil(Math.log2(count)) + 1);
        expect(probed.flat().filter((id) => id !== bad).length).toBeLessThanOrEqual(count * 2);
        const paid = probed.filter((given) => !given.includes(bad)).flat();
        expect(new Set(paid).size).toBe(paid.length);
      }),
    );
  });

  it('is not looked for where the question itself is refused, and files that are not to blame stay', async () => {
    const own = refusing(() => true);
    await expect(askPastRefusals(historyOf(9), own.ask, () => true, { isRefused: own.isRefused })).rejects.toMatchObject({ kind: 'request-refused', isOfQuestion: true });
    expect(own.probed).toEqual([[]]);
    const { ask, isRefused } = refusing((given) => given.includes('3'));
    const { history, wereFilesRefused } = await askPastRefusals(historyOf(9, true), ask, () => true, { isRefused });
    expect([asideIn(history), wereFilesRefused, history.exchanges[0]?.turns[0].content.length]).toEqual([['3'], false, 2]);
  });

  it('may be several, of which some are found; then, and where that takes too long, the question is asked by itself', async () => {
    const two = refusing((given) => given.includes('2') || given.includes('6'));
    expect(asideIn((await askPastRefusals(historyOf(9), two.ask, () => true, { isRefused: two.isRefused })).history)).toEqual(['2', '6']);
    const all = refusing((given) => given.length > 0);
    const { result, history } = await askPastRefusals(historyOf(20), all.ask, () => true, { isRefused: all.isRefused });
    expect([result, asideIn(history).length, history.exchanges.length]).toEqual(['yes', 3, 20]);
    expect(all.probed.length).toBeLessThan(20);
    let now = 0;
    const slow = refusing((given) => given.includes('2'));
    const isRefused = async (some: History): Promise<boolean> => {
      now += 20_000;
      return slow.isRefused(some);
    };
    const given = await askPastRefusals(historyOf(20), slow.ask, () => true, { isRefused, monotonicNow: () => now });
    expect([given.result, asideIn(given.history), slow.asked.at(-1)]).toEqual(['yes', [], []]);
    expect(slow.probed.length).toBeLessThan(5);
  });

  it('may be the summary of what was said before', async () => {
    let hasSummary = true;
    const { ask, isRefused } = refusing(() => hasSummary);
    const leaveSummary = (): boolean => {
      const was = hasSummary;
      hasSummary = false;
      return was;
    };
    const { result, history, wereTurnsRefused } = await askPastRefusals(historyOf(9), ask, () => true, { isRefused, leaveSummary });
    expect([result, asideIn(history), wereTurnsRefused]).toEqual(['yes', [], true]);
  });
});
