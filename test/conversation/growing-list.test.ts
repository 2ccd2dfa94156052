import fc from '../property.ts';
import { describe, expect, it } from 'vitest';
import { allButLast, beginsWith, createJoinedText, createSum, grown } from '../../src/conversation/growing-list.ts';

describe('a joined text', () => {
  it('is that of its items, whatever was joined before', () => {
    const pool = [1, 22, 333, 4, 55, 6].map((index) => ({ index }));
    const lists = fc.array(fc.array(fc.constantFrom(...pool), { maxLength: 8 }), { maxLength: 12 });
    fc.assert(
      fc.property(lists, (all) => {
        const joined = createJoinedText<{ index: number }>(({ index }) => String(index));
        for (const list of all) {
          const { text, ends } = joined(list);
          expect(text).toBe(list.map(({ index }) => index).join(','));
          expect(ends.map((end) => text.slice(0, end))).toEqual(list.map((_, at) => list.slice(0, at + 1).map(({ index }) => index).join(',')));
        }
      }),
      { numRuns: 500 },
    );
  });

  it('looks at each item of a growing list once', () => {
    let looks = 0;
    const joined = createJoinedText<{ index: number }>(({ index }) => {
      looks += 1;
      return String(index);
    });
    const items = Array.from({ length: 100 }, (_, index) => ({ index }));
    for (let length = 1; length <= 100; length += 1) joined(items.slice(0, length));
    expect(looks).toBe(100);
  });
});

describe('a list that has grown', () => {
  it('begins with what it was, and with what that was before, as any list does that has the same in it', () => {
    const one = [{ n: 1 }];
    const two = grown(one, [{ n: 2 }]);
    const three = grown(two, [{ n: 3 }, { n: 4 }]);
    const four = grown(three, []);
    expect(four).toEqual([{ n: 1 }, { n: 2 }, { n: 3 }, { n: 4 }]);
    for (const [list, beginning] of [[two, one], [three, two], [three, one], [four, three], [four, two], [four, one], [four, [...four]]] as const) expect(beginsWith(list, beginning)).toBe(true);
    for (const [list, beginning] of [[one, two], [two, three], [grown(one, [{ n: 2 }]), two], [three, [{ n: 1 }]]] as const) expect(beginsWith(list, beginning)).toBe(false);
  });

  it('has the sum of its items, whichever of its lists was asked about last', () => {
    const added: number[] = [];
    const sumOf = createSum<{ readonly n: number }, number>((sum = 0, items) => {
      added.push(items.length);
      return items.reduce((all, { n }) => all + n, sum);
    });
    let list: readonly { readonly n: number }[] = [{ n: 1 }];
    for (let n = 2; n <= 5; n += 1) {
      expect(sumOf(list)).toBe(((n - 1) * n) / 2);
      list = grown(list, [{ n }]);
    }
    expect(added).toEqual([1, 1, 1, 1]);
    const first = list.slice(0, 1);
    const other = grown(grown(first, [{ n: 10 }]), [{ n: 100 }]);
    expect([sumOf(other), sumOf(list), sumOf(first)]).toEqual([111, 15, 1]);
  });

  it('without its last item is the very list that it was, and otherwise a copy', () => {
    const one = [1, 2];
    expect(allButLast(grown(one, [3]))).toBe(one);
    expect(allButLast(grown(one, [3, 4]))).toEqual([1, 2, 3]);
    expect(allButLast([1, 2, 3])).toEqual([1, 2]);
    expect(allButLast([])).toEqual([]);
  });
});
