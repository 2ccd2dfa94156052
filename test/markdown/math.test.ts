import { describe, expect, it } from 'vitest';
import { formulaEnd } from '../../src/markdown/math.ts';

describe('a formula', () => {
  it.each([
    ['$x^2$ a', 5],
    ['$n$ a', 3],
    ['$x\\$y^2$ a', 8],
    ['$$x$$', 5],
    ['$$\na + b\n$$', 11],
    ['\\(x\\) a', 5],
    ['\\(x \\\\(y\\) a', 10],
    ['\\[x^2\\] a', 7],
  ])('ends behind its mark: %j', (text, end) => {
    expect([formulaEnd(text, 0, false), formulaEnd(text, 0, true)]).toEqual([end, end]);
  });

  it.each(['$5 and $6', '$5 x$ a', '$ x$ a', '$ x^2$ a', '$\tx^2$ a', '$x $ a', '$x$5', '$hello world$ a', '$x\ny$ a', '$$ $$ a', '\\(abc\\) a', '\\(a\\(b\\) a', '\\[see here\\] a'])('is no text with marks like those of one: %j', (text) => {
    expect([formulaEnd(text, 0, false), formulaEnd(text, 0, true)]).toEqual([undefined, undefined]);
  });

  it.each(['$', '$x', '$x^2$', '$$x', '\\(x', '\\(x^2\\'])('may be what has no end yet: %j', (text) => {
    expect(formulaEnd(text, 0, false)).toBe('wait');
    expect(formulaEnd(text, 0, true)).toBe(text === '$x^2$' ? 5 : undefined);
  });

  it('is read from where it begins, and waited for no longer than it may be', () => {
    expect(formulaEnd('a $x^2$ b', 2, false)).toBe(7);
    for (const [text, longest] of [['$x^2', 400], ['\\(x^2', 400], ['$$x^2', 1_200]] as const) {
      expect(formulaEnd(text.padEnd(longest - 1, 'y'), 0, false)).toBe('wait');
      expect(formulaEnd(text.padEnd(longest, 'y'), 0, false)).toBeUndefined();
    }
  });
});
