import { describe, expect, it } from 'vitest';
import { mutate, mutationsOf } from './mutations.ts';

const mutants = (source: string): readonly (readonly [string, string])[] => mutationsOf(source).map((mutation) => [mutation.kind, mutate(source, mutation)]);

describe('the mutations of a text', () => {
  it('are of its code, whatever types stand beside it', () => {
    const source = "const isLong = (text: string): boolean => text.trim().length > 3 && text !== '';";
    expect(mutants(source)).toEqual([
      ['tidying dropped', "const isLong = (text: string): boolean => text.length > 3 && text !== '';"],
      ['off by one', "const isLong = (text: string): boolean => text.trim().length >= 3 && text !== '';"],
      ['&& for ||', "const isLong = (text: string): boolean => text.trim().length > 3 || text !== '';"],
      ['operator turned round', "const isLong = (text: string): boolean => text.trim().length > 3 && text === '';"],
    ]);
  });

  it('negate what is asked, drop what is waited for and what is put away', () => {
    const source = 'const end = async (): Promise<void> => { try { if (a) await b.close(); } finally { clearTimeout(c); } };';
    expect(mutants(source)).toEqual([
      ['condition negated', source.replace('if (a)', 'if (!(a))')],
      ['await dropped', source.replace('await b', 'void b')],
      ['cleanup dropped', source.replace('await b.close();', ';')],
      ['finally emptied', source.replace('{ clearTimeout(c); }', '{}')],
      ['cleanup dropped', source.replace('clearTimeout(c);', ';')],
    ]);
  });
});
