import { expect, it } from 'vitest';
import { usageText } from '../../src/discord/texts/usage-texts.ts';
import { NOTHING } from '../../src/usage/sum.ts';
import { unfurledLinks } from '../simulators/discord/mentions.ts';
import type { UsageReport } from '../../src/usage/usage-report.ts';

const sum = { ...NOTHING, calls: 1, inputTokens: 5 };
const report = (modelId: string): UsageReport => ({
  scope: { is: 'bot' },
  days: ['2026-11-29'],
  models: [{ modelId, days: [sum], sum }],
  total: sum,
  who: [],
  where: [{ id: '1', sum }, { id: '2', sum }, { id: 'dm', sum }],
});

it('opens no address that is in the name of a server or a model', () => {
  const servers: Readonly<Record<string, string>> = { '1': 'https://example.com/a_b', '2': 'back`tick https://example.net' };
  const text = usageText(report('https://example.org/model'), { model: (id) => id, server: (id) => servers[id] ?? 'a place that is gone' }, '2026-11-10');
  expect(unfurledLinks(text)).toEqual([]);
  expect(text).toContain('1. `https://example.com/a_b`: ');
  expect(text).toContain('3. Direct messages: ');
});
