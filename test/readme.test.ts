import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parseCommandLine } from '../src/process/command-line.ts';
import { SETTING_NAMES } from '../src/settings/config.ts';

const ROOT = join(import.meta.dirname, '..');
const readme = readFileSync(join(ROOT, 'README.md'), 'utf8');
const { scripts } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as { scripts: Record<string, string> };
const found = (pattern: RegExp, group = 1): string[] => [...readme.matchAll(pattern)].map((match) => match[group] ?? '');
const headings = found(/^##+ (.+)$/gmu);

describe('the README', () => {
  it('leads nowhere that is not there', () => {
    const links = found(/\]\(([^)\s]+)\)/gu).filter((link) => !link.startsWith('http'));
    expect(links.length).toBeGreaterThan(4);
    const anchors = new Set(headings.map((heading) => `#${heading.toLowerCase().replace(/[^\w\s-]/gu, '').replaceAll(' ', '-')}`));
    expect(links.filter((link) => (link.startsWith('#') ? !anchors.has(link) : !existsSync(join(ROOT, link))))).toEqual([]);
  });

  it('names only commands that there are', () => {
    const named = [...found(/npm run (?:--silent )?([a-z-]+)/gu), ...found(/npm (start|test)\b/gu)];
    expect(new Set(named).size).toBeGreaterThan(5);
    expect(named.filter((name) => scripts[name] === undefined)).toEqual([]);
    for (const words of found(/node src\/start\.js ([^`\n]+)/gu)) {
      const commandLine = parseCommandLine(words.trim().split(' '));
      expect(commandLine.does === 'say' ? commandLine.text : '', words).toBe('');
    }
  });

  it('knows every setting', () => {
    expect(SETTING_NAMES.filter((name) => !readme.includes(name))).toEqual([]);
  });

  it('begins with what it is, a look without an account, and five steps, before the settings', () => {
    const first = readme.slice(0, readme.indexOf('## Settings'));
    expect(headings.slice(0, 2)).toEqual(['Your own bot, in five steps', 'Settings']);
    expect(first.indexOf('npm run demo')).toBeLessThan(first.indexOf('five steps'));
    expect(found(/^(\d)\. \*\*/gmu)).toEqual(['1', '2', '3', '4', '5']);
    for (const word of ['Public Bot', 'DISCORD_TOKEN', 'Message Content Intent', 'oauth2/authorize', 'AWS_BEARER_TOKEN_BEDROCK', 'npm ci && npm start', 'What a channel shares']) {
      expect(first).toContain(word);
    }
  });
});
