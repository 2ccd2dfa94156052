import { describe, expect, it } from 'vitest';
import { createCompaction, planFold } from '../../src/conversation/compaction.ts';
import { EMPTY_HISTORY, historyTokens } from '../../src/conversation/history.ts';
import { shapeOf } from '../../src/conversation/history-shape.ts';
import { pathTo } from '../../src/conversation/history-tree.ts';
import { buildPrompt } from '../../src/conversation/prompt.ts';
import { notOlderThan, summaryBlock, summaryOf } from '../../src/conversation/summary.ts';
import fc from '../property.ts';
import type { Exchange, History } from '../../src/conversation/history.ts';
import type { FoldPlace } from '../../src/conversation/compaction.ts';
import type { Reply } from '../../src/conversation/reply.ts';
import type { SideQuestion } from '../../src/conversation/side-call.ts';
import type { SummaryPart } from '../../src/conversation/summary.ts';

const exchange = (id: string, continues?: string): Exchange => ({
  id,
  ...(continues === undefined ? {} : { continues }),
  askerId: '7',
  askedAt: id.charCodeAt(0),
  turns: [{ role: 'user', content: [{ text: `${id}? `.repeat(40) }] }, { role: 'assistant', content: [{ text: `answer to ${id} `.repeat(40) }] }],
  replyMessageIds: [`m${id}`],
  stopReason: 'end_turn',
});
const lineOf = (ids: string): History => ({ exchanges: Array.from(ids, (id, index) => exchange(id, ids[index - 1])) });
const idsOf = ({ exchanges }: History): string => exchanges.map(({ id }) => id).join('');
const part = (covers: string, text = `of ${covers}`): SummaryPart => ({ text, covers: Array.from(covers), from: covers.charCodeAt(0), until: covers.charCodeAt(covers.length - 1) });
const partsOf = (history: History): string[] => summaryOf(history).map(({ text }) => text);
const LINE = '1';
const CHAIN = '1:reply:1';

describe('what is folded of a conversation', () => {
  it('is its older half, before the next question would have no room; its newest exchange never', () => {
    const history = lineOf('abcdefghij');
    expect(planFold(history, 1_000_000)).toBeUndefined();
    const tokens = historyTokens(history);
    expect(planFold(history, tokens * 2)).toBeUndefined();
    const plan = planFold(history, tokens * 1.1);
    expect(plan?.leaving.length).toBeGreaterThan(2);
    expect(plan?.leaving.length).toBeLessThan(9);
    expect(plan?.leaving[0]?.id).toBe('a');
    expect(planFold(history, 10)).toMatchObject({ isOverfull: true, leaving: history.exchanges.slice(0, 9) });
    expect(planFold(lineOf('a'), 10)).toBeUndefined();
  });
});

describe('a summary', () => {
  it('stands before what is left of a line, moves on with its head, and goes with whatever it speaks of', () => {
    const { fold, without } = shapeOf(LINE);
    const folded = fold(lineOf('abcdef'), ['a', 'b', 'c'], [part('abc')]) as History;
    expect([idsOf(folded), partsOf(folded)]).toEqual(['def', ['of abc']]);
    expect([idsOf(without(folded, 'd')), partsOf(without(folded, 'd'))]).toEqual(['ef', ['of abc']]);
    expect([idsOf(without(folded, 'e')), partsOf(without(folded, 'e'))]).toEqual(['df', ['of abc']]);
    for (const id of 'abc') expect([idsOf(without(folded, id)), partsOf(without(folded, id))]).toEqual(['def', []]);
    expect(fold(lineOf('ab'), ['a', 'b'], [part('ab')])).toBeUndefined();
  });

  it('is what a question is asked with whose place is first, also where that is asked anew', () => {
    const { fold, at } = shapeOf(LINE);
    const folded = fold(lineOf('abcd'), ['a', 'b'], [part('ab')]) as History;
    const anew = at(folded, { id: 'c' });
    expect([idsOf(anew.before), anew.earlier?.map(({ text }) => text)]).toEqual(['', ['of ab']]);
    const again = anew.remember(anew.before, { ...exchange('c'), stopReason: 'max_tokens' }, anew.earlier);
    expect([idsOf(again), partsOf(again)]).toEqual(['cd', ['of ab']]);
  });

  it('of a way in a tree belongs to its beginning: all ways through it end there, and those that branch off before keep theirs', () => {
    const { fold, without, at } = shapeOf(CHAIN);
    // a b c d e, with x behind b and y behind d.
    const tree: History = { exchanges: [...lineOf('abcde').exchanges, exchange('x', 'b'), exchange('y', 'd')] };
    const folded = fold(tree, ['a', 'b', 'c'], [part('abc')]) as History;
    expect(idsOf(folded).split('').toSorted().join('')).toBe('abdexy');
    const wayTo = (history: History, id: string): [string, string[]] => [idsOf(pathTo(history, id)), partsOf(pathTo(history, id))];
    expect(wayTo(folded, 'e')).toEqual(['de', ['of abc']]);
    expect(wayTo(folded, 'y')).toEqual(['dy', ['of abc']]);
    expect(wayTo(folded, 'x')).toEqual(['abx', []]);
    const next = at(folded, { id: 'z', continues: 'e' });
    expect([idsOf(next.before), next.earlier?.length]).toEqual(['de', 1]);
    expect(wayTo(without(folded, 'd'), 'e')).toEqual(['e', ['of abc']]);
    expect(partsOf(pathTo(without(folded, 'b'), 'e'))).toEqual([]);
  });

  it.each([LINE, CHAIN])('is what both have made of it who knew the same history, and brings nothing back that one has taken out (%s)', (conversationId) => {
    const { fold, rebase, without, at } = shapeOf(conversationId);
    const base = lineOf('abcdef');
    const asking = at(base, { id: 'g', continues: 'f' });
    const mine = asking.remember(asking.before, exchange('g'), []);
    const theirs = fold(base, ['a', 'b', 'c'], [part('abc')]) as History;
    const both = rebase(base, mine, theirs);
    expect([idsOf(both), partsOf(both)]).toEqual(['defg', ['of abc']]);
    const deleted = rebase(base, mine, without(base, 'a'));
    expect(idsOf(deleted)).toBe('bcdefg');
    // It was told that something has left.
    expect(rebase(base, mine, base).exchanges[0]?.earlier).toEqual([]);
    const next = at(theirs, { id: 'h', continues: 'f' });
    const answered = rebase(theirs, next.remember(next.before, exchange('h'), next.earlier), without(theirs, 'b'));
    expect([idsOf(answered), partsOf(answered)]).toEqual(['defh', []]);
  });

  it('never speaks of what it must not, however a conversation is folded, asked on and deleted from', () => {
    const step = fc.oneof(fc.record({ fold: fc.integer({ min: 1, max: 4 }) }), fc.record({ drop: fc.nat(30) }), fc.record({ ask: fc.nat(30) }));
    fc.assert(
      fc.property(fc.constantFrom(LINE, CHAIN), fc.array(step, { maxLength: 30 }), (conversationId, steps) => {
        const shape = shapeOf(conversationId);
        let history: History = EMPTY_HISTORY;
        const deleted = new Set<string>();
        const everAsked: string[] = [];
        for (const [index, one] of steps.entries()) {
          const nth = (number: number): string | undefined => history.exchanges[number % Math.max(1, history.exchanges.length)]?.id;
          if ('ask' in one) {
            const id = String.fromCharCode(0x4e00 + index);
            const continues = nth(one.ask);
            const { before, earlier, remember } = shape.at(history, { id, ...(continues === undefined ? {} : { continues }) });
            history = remember(before, exchange(id), earlier);
            everAsked.push(id);
          } else if ('fold' in one) {
            const way = pathTo(history, history.exchanges.at(-1)?.id).exchanges.slice(0, one.fold).map(({ id }) => id);
            const made = { ...part('x'), covers: way, text: JSON.stringify(way) };
            if (way.length > 0) history = shape.fold(history, way, [...(history.exchanges.find(({ id }) => id === way[0])?.earlier ?? []), made]) ?? history;
          } else {
            const id = everAsked[one.drop % Math.max(1, everAsked.length)] ?? '';
            deleted.add(id);
            history = shape.without(history, id);
          }
          const told = history.exchanges.flatMap(({ earlier = [] }) => earlier.flatMap(({ covers }) => covers));
          expect(told.filter((id) => deleted.has(id))).toEqual([]);
          for (const { id } of history.exchanges) {
            const way = pathTo(history, id).exchanges;
            const before = new Set(summaryOf({ exchanges: way }).flatMap(({ covers }) => covers));
            // Nothing is said twice.
            expect(way.filter((each) => before.has(each.id))).toEqual([]);
          }
        }
      }),
    );
  });

  it('cannot be more than data, whatever is in it, and stands before whoever speaks first', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 200 }), (text) => {
        const block = summaryBlock([{ ...part('a'), text }]);
        expect(Object.keys(JSON.parse(block?.text ?? '') as object)).toEqual(['summary']);
        expect(block?.text.split('\n')).toHaveLength(1);
      }),
    );
    const { turns, system } = buildPrompt('Be kind.', lineOf('cd'), exchange('e').turns[0] as never, undefined, [part('ab')]);
    expect(turns[0]?.content[0]).toEqual(summaryBlock([part('ab')]));
    expect(turns.slice(1).some(({ content }) => JSON.stringify(content).includes('of ab'))).toBe(false);
    expect(system.join()).toContain('"summary"');
    // The beginning of the next prompt is the very same.
    const next = buildPrompt('Be kind.', lineOf('cd'), exchange('f').turns[0] as never, undefined, [part('ab')]);
    expect(next.turns.slice(0, 4)).toEqual(turns.slice(0, 4));
  });

  it('that speaks of what is too old is not told any more', () => {
    const parts = [part('ab'), part('cd')];
    expect(notOlderThan(parts, 'a'.charCodeAt(0))).toBe(parts);
    expect(notOlderThan(parts, 'b'.charCodeAt(0)).map(({ text }) => text)).toEqual(['of cd']);
  });
});

describe('folding', () => {
  const payer = { guildId: '1', conversationId: LINE, asker: { id: '7', name: 'Ana' } };
  const reply = (text: string, stopReason = 'end_turn'): Reply => ({ text, stopReason, usage: undefined, latencyMs: undefined });
  const foldWith = async (answer: Reply | undefined, { isOverfull = false, place = { systemPrompt: '' }, leaving = lineOf('abcdef').exchanges.slice(0, 3), meanwhile = (history: History): History => history, before = lineOf('abcdef') } = {}) => {
    let stored = before;
    const asked: SideQuestion['prompt'][] = [];
    const left: string[] = [];
    const compaction = createCompaction({
      sideCalls: {
        ask: async (_place, { prompt }) => {
          asked.push(prompt);
          stored = meanwhile(stored);
          return answer;
        },
      },
      histories: {
        load: () => Promise.resolve({ history: stored, wasUnreadable: false }),
        revise: async (_id, how) => {
          const changed = how(stored);
          stored = changed ?? stored;
          return changed;
        },
      },
      onLeft: (ids) => void left.push(...ids),
    });
    compaction.fold(LINE, { leaving, isOverfull }, place as FoldPlace, payer);
    await expect.poll(() => compaction.isFolding(LINE)).toBe(false);
    return { history: stored, left: left.join(''), asked };
  };

  it('takes what leaves out of the history, with what the model made of it', async () => {
    const { history, left } = await foldWith(reply('They spoke of cats.'));
    expect([idsOf(history), partsOf(history), left]).toEqual(['def', ['They spoke of cats.'], 'abc']);
    expect(summaryOf(history)[0]).toMatchObject({ covers: ['a', 'b', 'c'], from: 97, until: 99 });
  });

  it.each<[string, Reply | undefined]>([
    ['no answer', undefined],
    ['nothing said', reply(' ')],
    ['a guardrail', reply('Sorry.', 'guardrail_intervened')],
  ])('with %s leaves the history as long as there is room, and then forgets', async (_what, answer) => {
    expect(idsOf((await foldWith(answer)).history)).toBe('abcdef');
    const { history, left } = await foldWith(answer, { isOverfull: true });
    expect([idsOf(history), partsOf(history), left]).toEqual(['def', [], 'abc']);
  });

  it('asks behind the very words that the model keeps where it keeps them, unless a summary stands before them', async () => {
    const reading = async (more: object, leaving = lineOf('abcdef').exchanges.slice(0, 3)): Promise<SideQuestion['prompt'] | undefined> =>
      (await foldWith(reply('They spoke.'), { place: { systemPrompt: 'Be kind.', ...more } as FoldPlace, leaving })).asked[0];
    const kept = { keepsBeginnings: true };
    const behind = await reading(kept);
    const question = buildPrompt('Be kind.', { exchanges: lineOf('abcdef').exchanges.slice(0, 3) }, exchange('g').turns[0] as never);
    expect(behind?.system).toEqual(question.system);
    expect(behind?.turns.slice(0, -1)).toEqual(question.turns.slice(0, -1));
    expect(JSON.stringify(behind?.turns)).not.toContain('answer to d');
    const [first, ...later] = lineOf('abc').exchanges as [Exchange, ...Exchange[]];
    for (const prompt of [await reading({}), await reading(kept, [{ ...first, earlier: [part('z')] }, ...later])]) {
      expect(prompt?.turns).toHaveLength(1);
      expect(JSON.stringify(prompt)).not.toContain('of z');
    }
  });

  it('is told which answers are not whole, and nothing that a model has refused', async () => {
    const [first, second, third] = lineOf('abc').exchanges as [Exchange, Exchange, Exchange];
    const leaving = [{ ...first, stopReason: 'max_tokens' }, { ...second, isRefused: true }, third];
    const { asked } = await foldWith(reply('They spoke.'), { leaving });
    const [text = ''] = asked[0]?.turns[0]?.content.map((block) => ('text' in block ? block.text : '')) ?? [];
    expect((JSON.parse(text) as { user: string; assistant_answer?: string }[]).map(({ user, assistant_answer: how }) => [user.slice(0, 2), how])).toEqual([['a?', 'was cut off at its length limit'], ['c?', undefined]]);
    const behind = (await foldWith(reply('They spoke.'), { leaving, place: { systemPrompt: '', keepsBeginnings: true } as FoldPlace })).asked[0];
    expect(behind?.turns.map(({ content }) => ('text' in (content[0] ?? {}) ? (content[0] as { text: string }).text.slice(0, 20) : ''))).toEqual(['a? a? a? a? a? a? a?', 'answer to a answer t', '{"previous_answer":"', 'answer to c answer t', 'This turn is by the ']);
  });

  it('is not paid for twice where it was planned while the same was being folded', async () => {
    const { asked, history } = await foldWith(reply('They spoke.'), { before: lineOf('def') });
    expect([asked, idsOf(history)]).toEqual([[], 'def']);
  });

  it('brings back nothing that was deleted, changed or forgotten meanwhile', async () => {
    const { without } = shapeOf(LINE);
    const deleted = await foldWith(reply('of a, b and c'), { meanwhile: (history) => without(history, 'b') });
    expect([idsOf(deleted.history), partsOf(deleted.history)]).toEqual(['acdef', []]);
    const changed = await foldWith(reply('of a, b and c'), { meanwhile: ({ exchanges }) => ({ exchanges: exchanges.map((one) => (one.id === 'c' ? { ...one, turns: exchange('z').turns } : one)) }) });
    expect([idsOf(changed.history), partsOf(changed.history)]).toEqual(['abcdef', []]);
    const forgotten = await foldWith(reply('of a, b and c'), { isOverfull: true, meanwhile: () => EMPTY_HISTORY });
    expect(forgotten.history).toEqual(EMPTY_HISTORY);
  });
});
