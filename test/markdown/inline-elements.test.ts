import { describe, expect, it } from 'vitest';
import { EMPHASIS, NEVER, UNFINISHED, codeSpanEnd, markElements } from '../../src/markdown/inline-elements.ts';

/** What a cut would break, with what speaks against it; `…` where the element may go on behind the text. */
const broken = (text: string, isOpen = false): string[] => {
  const names = new Map([
    [NEVER, 'never'],
    [UNFINISHED, 'unfinished'],
    [EMPHASIS, 'emphasis'],
  ]);
  const found: string[] = [];
  // Marks of two characters are whole; that goes without saying here.
  markElements(text, isOpen, (from, to, flag) => {
    const what = text.slice(from, to);
    if (!/^(?:\*+|_+|~+|\|+)$/u.test(what)) found.push(`${names.get(flag) ?? flag}: ${what}${to > text.length ? '…' : ''}`);
  });
  return found;
};

describe('what a cut would break in a paragraph', () => {
  it.each([
    ['a `b` c', 'never: `b`'],
    ['a ``b` c`` d', 'never: ``b` c``'],
    ['[a](b) c', 'never: [a](b)'],
    ['![a](b "c") d', 'never: ![a](b "c")'],
    ['<:b:1> c', 'never: <:b:1>'],
    ['</a b:1> c', 'never: </a b:1>'],
    ['see https://a.b c', 'never: https://a.b'],
    ['a \\* b', 'never: \\*'],
    ['a **b** c', 'emphasis: **b**'],
    ['a *b* c', 'emphasis: *b*'],
    ['_b_ c', 'emphasis: _b_'],
    ['a ~~b~~ c', 'emphasis: ~~b~~'],
    ['a ||b|| c', 'emphasis: ||b||'],
  ])('%j', (text, what) => {
    expect(broken(text)).toEqual([what]);
    expect(broken(text, true)).toEqual([what]);
  });

  it.each(['a_b_c', 'a |b| c', 'a ~b~ c', 'a ** b ** c', '[a] c', '(a) b'])('nothing: %j', (text) => {
    expect([broken(text), broken(text, true)]).toEqual([[], []]);
  });

  it('are elements within others, each for itself', () => {
    expect(broken('**a *b* c** [d **e**](f)')).toEqual(['emphasis: *b*', 'emphasis: **a *b* c**', 'emphasis: **e**', 'never: [d **e**](f)']);
  });

  it('is not what its marks only seem to open, because they lie across others', () => {
    expect(broken('*a **b* c**')).toEqual(['emphasis: *a **b*']);
  });

  it.each([
    ['a `b', ['never: `', 'unfinished: `b…']],
    ['[a', ['unfinished: [a…']],
    ['[a]', ['unfinished: [a]…']],
    ['[a](b', ['unfinished: [a](b…']],
    ['a **b', ['emphasis: **b…']],
    ['see https://a.b', ['never: https://a.b…']],
    ['<@1', ['never: <@1…']],
  ])('may be what has no end yet, as long as the paragraph may go on: %j', (text, whatIsOpen) => {
    expect(broken(text, true)).toEqual(whatIsOpen);
    expect(broken(text).filter((what) => what.endsWith('…') || what.startsWith('unfinished') || what.startsWith('emphasis'))).toEqual([]);
  });
});

describe('a code span', () => {
  it('ends with as many backticks as it began with, within its bounds', () => {
    expect(codeSpanEnd('`a`', '`', 1)).toBe(3);
    expect(codeSpanEnd('`a``b`', '`', 1)).toBe(6);
    expect(codeSpanEnd('``a`b', '``', 2)).toBe(-1);
    expect([2, 3].map((to) => codeSpanEnd('`a`', '`', 1, to))).toEqual([-1, 3]);
    expect(codeSpanEnd('``a``', '``', 2, 4)).toBe(-1);
  });
});
