import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify, stripVTControlCharacters } from 'node:util';
import { expect, it } from 'vitest';

const LONG_LINE = 24;

it('shows each line of a scene once, who used /ask, what may be pressed, and the files', async () => {
  const { stdout } = await promisify(execFile)(process.execPath, [join(import.meta.dirname, 'main.ts')], { env: { PATH: process.env['PATH'] } });
  const shown = stripVTControlCharacters(stdout);
  const scenes = shown.split(/\n\n(?=\S)/);
  expect(scenes.length).toBeGreaterThan(6);
  for (const scene of scenes) {
    const lines = scene.split('\n').filter((line) => line.trim().length >= LONG_LINE);
    expect(new Set(lines).size, scene).toBe(lines.length);
  }
  expect(shown).toContain('Parley ↩ Bo used /ask\n');
  expect(shown).toContain('Parley ↩ Ana used /ask (only you can see this)\n');
  // As Discord shows it: names instead of ids, no signs of small print; and what was asked in private, too.
  expect(shown).not.toMatch(/<@!?\d|^ *-# /mu);
  expect(shown).toContain('    @Bo: `Write a haiku about yourself`\n');
  expect(shown).toContain('Ana types /ask prompt: What could I give Bo for his birthday? private: True\n');
  expect(shown.match(/words arrive one by one/gu)).toHaveLength(1);
  expect(shown).not.toMatch(/ \n/u);
  expect(shown.match(/\[ Regenerate \]/g)?.length).toBeGreaterThan(6);
  expect(shown).toContain('📎 code.py');
  expect(shown).toContain('pinged 0 people');
});
