import { describe, expect, it } from 'vitest';
import { codeFileContent, codeFileName } from '../../src/markdown/code-file.ts';
import { openFence } from '../../src/markdown/fence.ts';

describe('the file of a code block', () => {
  it.each([
    ['python', 'code.py'],
    ['TypeScript', 'code.ts'],
    ['c++', 'code.cpp'],
    ['C#', 'code.cs'],
    ['objective-c', 'code.m'],
    ['bash', 'code.sh'],
    ['yml', 'code.yaml'],
    ['json5', 'code.json'],
    ['dockerfile', 'Dockerfile'],
    ['make', 'Makefile'],
    ['js {1,3}', 'code.js'],
    ['py:src/main.py', 'code.py'],
    ['', 'code.txt'],
    ['brainfuck', 'code.txt'],
    ['../../etc/passwd', 'code.txt'],
    ['constructor', 'code.txt'],
  ])('in %j is called %s', (info, name) => {
    expect(codeFileName(info)).toBe(name);
  });

  it('is numbered from the second on', () => {
    expect([codeFileName('ts', 2), codeFileName('docker', 3)]).toEqual(['code-2.ts', 'Dockerfile-3']);
  });

  it('has its code without the quote and the list around it', () => {
    const contentOf = (opener: string, code: string): string => {
      const fence = openFence(opener);
      if (fence === undefined) throw new Error('no fence');
      return codeFileContent(fence, code);
    };
    expect(contentOf('```', 'a\n  b\n\n')).toBe('a\n  b\n\n');
    expect(contentOf('> ```', '> a\n>   b\n>\n')).toBe('a\n  b\n\n');
    expect(contentOf('1. ```', '   a\n     b\n')).toBe('a\n  b\n');
    expect(contentOf('  ```', '  a\n b\n')).toBe('a\nb\n');
  });
});
