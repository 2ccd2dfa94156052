import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { SETTING_WORDS } from '../src/discord/texts/settings-texts.ts';
import { LEVELS } from '../src/policy/setting.ts';
import { SETTING_KEYS, settingOf } from '../src/policy/settings-tree.ts';
import type { SettingInput } from '../src/policy/setting.ts';
import type { SettingKey } from '../src/policy/settings-tree.ts';

const valuesOf = (key: SettingKey, input: SettingInput): string => {
  if (input.type === 'choice') return `: ${input.choices.map((choice) => `\`${choice}\` (${SETTING_WORDS[key].choices?.[String(choice)]})`).join(', ')}`;
  if (input.type === 'roles' || input.type === 'members') return `; up to ${input.most}`;
  return input.type === 'number' ? `; ${input.min} to ${input.max.toLocaleString('en-US')}` : '';
};

const row = (key: SettingKey): string => {
  const { input, levels } = settingOf(key);
  const { label, description, byDefault } = SETTING_WORDS[key];
  const where = levels.length === LEVELS.length ? 'server, category, channel' : levels.join(', ');
  return `| ${label} | \`${key}\` | ${where} | ${byDefault} | ${description}${valuesOf(key, input)} |`;
};

it('the README has a table of all settings inside Discord, as the tree has them', () => {
  const readme = readFileSync(join(import.meta.dirname, '../README.md'), 'utf8');
  const table = ['| setting | in files | for | by default | meaning |', '|---|---|---|---|---|', ...SETTING_KEYS.map(row), ''].join('\n');
  const [, found = ''] = /settings-tree\.ts; a test holds them equal -->\n([\s\S]*?)\n\n/u.exec(readme) ?? [];
  expect(`${found}\n`).toBe(table);
});
