import fc from '../property.ts';
import { describe, expect, it } from 'vitest';
import { EMPTY_HISTORY } from '../../src/conversation/history.ts';
import { shapeOf } from '../../src/conversation/history-shape.ts';
import { isTree, pathTo, rebaseTree } from '../../src/conversation/history-tree.ts';
import { besides, showing, siblingPlace } from '../../src/conversation/siblings.ts';
import type { Exchange, History } from '../../src/conversation/history.ts';

const CHAIN = '1:reply:1';
const tree = shapeOf(CHAIN);
const exchange = (id: string, reply = `answer to ${id}`): Exchange => ({
  id,
  askerId: '7',
  askedAt: 1,
  turns: [{ role: 'user', content: [{ text: `${id}?` }] }, { role: 'assistant', content: [{ text: reply }] }],
  replyMessageIds: [`m${id}`],
  stopReason: 'end_turn',
});
interface Step {
  readonly id: string;
  readonly continues?: string;
  readonly behind?: string;
  /** How many of the newest exchanges on the way have room. */
  readonly room?: number;
}
const asked = (history: History, { room, ...place }: Step, reply?: string): History => {
  const { before, remember } = tree.at(history, place);
  return remember({ exchanges: before.exchanges.slice(room === undefined ? 0 : Math.max(0, before.exchanges.length - room)) }, exchange(place.id, reply));
};
const all = (...steps: Step[]): History => steps.reduce((history, step) => asked(history, step), EMPTY_HISTORY);
const ids = ({ exchanges }: History): string => exchanges.map(({ id }) => id).join('');
const path = (history: History, id: string): string => ids(pathTo(history, id));
/** a, with b and d behind it; c behind b. */
const branched = all({ id: 'a' }, { id: 'b', continues: 'a' }, { id: 'c', continues: 'b' }, { id: 'd', continues: 'a' });

describe('a chain of replies', () => {
  it('goes on from any of its exchanges, and each knows only what was on the way to it', () => {
    expect([path(branched, 'c'), path(branched, 'd'), path(branched, 'a'), path(branched, 'x')]).toEqual(['abc', 'ad', 'a', '']);
    expect(ids(tree.at(branched, { id: 'e', continues: 'b' }).before)).toBe('ab');
    expect(ids(tree.at(branched, { id: 'e' }).before)).toBe('');
  });

  it('is asked anew as it was asked then, and what was said behind it stays behind it', () => {
    expect(ids(tree.at(branched, { id: 'b', continues: 'd' }).before)).toBe('a');
    const anew = asked(branched, { id: 'b' }, 'another');
    expect([path(anew, 'c'), ids(anew)]).toEqual(['abc', 'abcd']);
    expect(pathTo(anew, 'c').exchanges[1]?.turns[1].content).toEqual([{ text: 'another' }]);
  });

  it('has the rest of an answer behind that, and before whatever was asked there', () => {
    const longer = asked(branched, { id: 'r', behind: 'a' });
    expect([path(longer, 'c'), path(longer, 'd')]).toEqual(['arbc', 'ard']);
    const again = asked(longer, { id: 'r', behind: 'a' }, 'another rest');
    expect([path(again, 'c'), path(again, 'd')]).toEqual(['arbc', 'ard']);
  });

  it('loses one exchange, and what continued that continues what came before it', () => {
    expect([path(tree.without(branched, 'b'), 'c'), path(tree.without(branched, 'a'), 'c'), path(tree.without(branched, 'a'), 'd')]).toEqual(['ac', 'bc', 'd']);
    expect(tree.without(branched, 'x')).toBe(branched);
  });

  it('forgets what has no room any more where nobody can come back to it', () => {
    const line = all({ id: 'a' }, { id: 'b', continues: 'a' }, { id: 'c', continues: 'b' }, { id: 'd', continues: 'c', room: 1 });
    expect(ids(line)).toBe('cd');
    expect(path(asked(line, { id: 'e', continues: 'd' }), 'e')).toBe('cde');
    expect(isTree(CHAIN, line.exchanges)).toBe(false);
  });

  it('keeps it where another branch hangs on it, and the way back ends in the same place from then on', () => {
    const trimmed = asked(branched, { id: 'e', continues: 'c', room: 1 });
    expect(ids(trimmed)).toBe('acde');
    expect([path(trimmed, 'e'), path(trimmed, 'd')]).toEqual(['ce', 'ad']);
    const next = asked(trimmed, { id: 'f', continues: 'e' });
    expect([path(next, 'f'), path(next, 'd')]).toEqual(['cef', 'ad']);
    const both = asked(asked(branched, { id: 'g', continues: 'b' }), { id: 'e', continues: 'c', room: 2 });
    expect([path(both, 'e'), path(both, 'g'), path(both, 'd')]).toEqual(['bce', 'abg', 'ad']);
    expect(path(asked(both, { id: 'f', continues: 'e' }), 'f')).toBe('bcef');
    expect(path(asked(branched, { id: 'h', continues: 'd', room: 0 }), 'h')).toBe('h');
  });

  it('keeps a thousand exchanges beside those of the question, the newest', () => {
    let history = all({ id: 'root' });
    for (let index = 0; index < 1_005; index += 1) history = asked(history, { id: `n${index}`, continues: 'root' });
    expect(history.exchanges).toHaveLength(1_000);
    expect(history.exchanges.slice(0, 2).map(({ id }) => id)).toEqual(['root', 'n6']);
    expect(history.exchanges.at(-1)?.id).toBe('n1004');
  });

  it('ends where a record names itself, in a circle too', () => {
    const circle = { exchanges: [{ ...exchange('a'), continues: 'b' }, { ...exchange('b'), continues: 'a' }] };
    expect([path(circle, 'a'), path(circle, 'b')]).toEqual(['ba', 'ab']);
    expect(path({ exchanges: [{ ...exchange('a'), continues: 'a' }] }, 'a')).toBe('a');
  });

  it('costs a question no walk where it is one line: the history is the way', () => {
    const line = all({ id: 'a' }, { id: 'b', continues: 'a' }, { id: 'c', continues: 'b' });
    expect(pathTo(line, 'c')).toBe(line);
    expect(path(line, 'b')).toBe('ab');
  });
});

describe('two who change a chain of replies at once', () => {
  const base = branched;
  it.each([
    ['ask behind the same answer', (one: History) => asked(one, { id: 'e', continues: 'c' }), (one: History) => asked(one, { id: 'f', continues: 'c' }), { e: 'abce', f: 'abcf', d: 'ad' }],
    ['ask, and forget what it hangs on', (one: History) => asked(one, { id: 'e', continues: 'c' }), (one: History) => tree.without(one, 'c'), { e: 'abe', d: 'ad' }],
    ['forget, and ask behind it', (one: History) => tree.without(one, 'b'), (one: History) => asked(one, { id: 'e', continues: 'b' }), { e: 'ae', c: 'ac', d: 'ad' }],
    ['answer anew, and ask behind it', (one: History) => asked(one, { id: 'b' }, 'anew'), (one: History) => asked(one, { id: 'e', continues: 'b' }), { e: 'abe', c: 'abc' }],
    ['both forget the same', (one: History) => tree.without(one, 'b'), (one: History) => tree.without(one, 'b'), { c: 'ac', d: 'ad' }],
    ['go on with an answer, and ask behind it', (one: History) => asked(one, { id: 'r', behind: 'b' }), (one: History) => asked(one, { id: 'e', continues: 'c' }), { e: 'abrce', d: 'ad' }],
  ])('%s', (_what, mine, theirs, paths) => {
    const joined = rebaseTree(base, mine(base), theirs(base));
    for (const [id, expected] of Object.entries(paths)) expect(path(joined, id)).toBe(expected);
    expect(new Set(ids(joined)).size).toBe(ids(joined).length);
  });

  it('lose nothing that either has added, whatever they did before', () => {
    const step = fc.record({ kind: fc.constantFrom('ask', 'ask', 'ask', 'anew', 'rest', 'forget'), at: fc.nat(20) });
    const change = (history: History, steps: readonly { kind: string; at: number }[], name: string): History =>
      steps.reduce((now, { kind, at }, index) => {
        const target = now.exchanges[at % Math.max(1, now.exchanges.length)]?.id;
        if (target === undefined) return asked(now, { id: `${name}${index}` });
        if (kind === 'forget') return tree.without(now, target);
        if (kind === 'anew') return asked(now, { id: target }, `${name} anew`);
        return asked(now, { id: `${name}${index}`, [kind === 'rest' ? 'behind' : 'continues']: target });
      }, history);
    fc.assert(
      fc.property(fc.array(step, { maxLength: 8 }), fc.array(step, { maxLength: 6 }), fc.array(step, { maxLength: 6 }), (before, one, other) => {
        const start = change(EMPTY_HISTORY, before, 'b');
        const [mine, theirs] = [change(start, one, 'm'), change(start, other, 't')];
        const joined = rebaseTree(start, mine, theirs);
        const there = new Set(joined.exchanges.map(({ id }) => id));
        expect(there.size).toBe(joined.exchanges.length);
        const known = new Set(start.exchanges.map(({ id }) => id));
        for (const { id } of [...mine.exchanges, ...theirs.exchanges]) if (!known.has(id)) expect(there).toContain(id);
        // Each is on a way that ends, at exchanges that are there.
        for (const { id } of joined.exchanges) expect(pathTo(joined, id).exchanges.at(-1)?.id).toBe(id);
        for (const { continues } of joined.exchanges) if (continues !== undefined) expect(there).toContain(continues);
      }),
    );
  });
});

describe('several answers to a question', () => {
  const three = [exchange('a', 'one'), exchange('a', 'two'), exchange('a', 'three')].reduce<Exchange | undefined>((earlier, newer) => besides(earlier, newer), undefined) as Exchange;
  const shown = ({ turns }: Exchange): unknown => turns[1].content[0];

  it('keep their order, whichever is shown', () => {
    expect(siblingPlace(three)).toEqual({ number: 3, count: 3 });
    const second = showing(three, 2) as Exchange;
    expect([shown(second), siblingPlace(second)]).toEqual([{ text: 'two' }, { number: 2, count: 3 }]);
    const first = showing(second, 1) as Exchange;
    expect([shown(first), siblingPlace(first)]).toEqual([{ text: 'one' }, { number: 1, count: 3 }]);
    expect(showing(first, 3)).toEqual(three);
    expect([showing(first, 0), showing(first, 4)]).toEqual([undefined, undefined]);
    const fourth = besides(first, exchange('a', 'four'));
    expect([siblingPlace(fourth), shown(showing(fourth, 2) as Exchange)]).toEqual([{ number: 4, count: 4 }, { text: 'two' }]);
  });

  it('are ten at most: the oldest leaves', () => {
    let many = exchange('a', '0');
    for (let number = 1; number <= 12; number += 1) many = besides(many, exchange('a', String(number)));
    expect(siblingPlace(many)).toEqual({ number: 10, count: 10 });
    expect(shown(showing(many, 1) as Exchange)).toEqual({ text: '3' });
  });
});
