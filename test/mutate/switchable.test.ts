import { describe, expect, it } from 'vitest';
import { mutate, mutationsOf } from './mutations.ts';
import { SWITCH, switchable } from './switchable.ts';

const numbered = (source: string) => mutationsOf(source).map((mutation, id) => ({ id, mutation }));

/** What a function gives, in words: whatever it throws is part of it. */
const outcome = (source: string, input: unknown, isOn: (id: number) => boolean): string => {
  const calls: unknown[] = [];
  const run = new Function(SWITCH, 'calls', 'input', source);
  try {
    return JSON.stringify([run(isOn, calls, input), calls]);
  } catch (error) {
    return JSON.stringify([String(error), calls]);
  }
};

describe('a text with all its mutants', () => {
  const SOURCES = [
    'if (input.a && input.b || !input.c) return input.n + 1 > 2 ? "more" : "less"; return "none";',
    'return input.text?.trim().length;',
    'return (input.text ?? "none").toLowerCase();',
    'const clear = (what) => calls.push(what); try { if (input.a) clear(1); else clear(2); return 3; } finally { clear(4); }',
    'let n = input.n; while (n > 0 && n < 5) n = n - 1; return ((n) + (1)) === 1;',
  ];
  const INPUTS = [
    { a: true, b: true, c: true, n: 1, text: ' A ' },
    { a: false, b: true, c: false, n: 9 },
    { a: true, b: false, c: true, n: 0, text: '' },
  ];

  it('is what it was as long as none is on', () => {
    for (const source of SOURCES) {
      const text = switchable(`const all = () => {${source}};`, numbered(`const all = () => {${source}};`));
      for (const input of INPUTS) expect(outcome(`${text} return all();`, input, () => false)).toBe(outcome(source, input, () => false));
    }
  });

  it('is each of them when that is on', () => {
    for (const source of SOURCES.map((body) => `const all = () => {${body}};`)) {
      const mutants = numbered(source).filter(({ mutation }) => !source.includes('while') || mutation.kind === 'operator turned round');
      const text = switchable(source, numbered(source));
      for (const { id, mutation } of mutants) {
        for (const input of INPUTS) {
          expect(outcome(`${text} return all();`, input, (other) => other === id), mutation.kind).toBe(outcome(`${mutate(source, mutation)} return all();`, input, () => false));
        }
      }
    }
  });

  it('waits for nothing that a mutant does not wait for', () => {
    const source = 'const all = async () => { await (input ? one() : two()); };';
    expect(switchable(source, numbered(source).slice(0, 1))).toBe(
      `const all = async () => { (${SWITCH}(0) ? (void (input ? one() : two())) : (await (input ? one() : two()))); };`,
    );
  });
});
