import fc from '../property.ts';
import { describe, expect, it } from 'vitest';
import { createJoinedText } from '../../src/conversation/growing-list.ts';

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
