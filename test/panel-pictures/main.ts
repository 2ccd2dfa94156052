// `node test/panel-pictures/main.ts FOLDER`: a picture of each state of the settings panel and of what /memory shows, at a phone's width, dark and light.
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import sharp from 'sharp';
import { memoryStates } from '../discord/memory-states.ts';
import { panelStates } from '../discord/panel-states.ts';
import { drawPanel } from './draw.ts';
import type { PanelValues } from '../discord/panel-states.ts';

const VALUES: PanelValues = {
  bot: { footer: 'off', privateAnswers: true, errorStyle: 'reply', questions: 'allowed', answersTo: 'mentions', followUpMinutes: 5, guardrail: 'off', checks: 'off', checksThreshold: '0.6' },
  stored: {
    model: 'us.anthropic.claude-haiku-5-5',
    persona: 'A librarian who answers briefly, names a book for everything, and never spoils an ending.',
    maxAnswerTokens: 2_000,
    footer: 'cost',
    answersTo: 'follow-ups',
    limits: 'member: 20 questions an hour\nserver: $5 a day, then warn',
    checks: 'input',
    guardrail: 'abc123def456:3',
    managerRole: '12345678901234567890',
  },
  models: [{ id: 'us.anthropic.claude-haiku-5-5', name: 'Claude Haiku 5.5', detail: '$0.11 in, $0.55 out per million tokens · context 1000k' }],
  entries: [
    { id: '2', at: 1_764_400_000_000, byId: '12345678901234567890', place: { level: 'server' }, key: 'footer', from: 'model', to: 'cost' },
    { id: '1', at: 1_764_400_000_000, byId: '12345678901234567890', place: { level: 'channel', id: '12345678901234567890' }, key: 'persona', from: undefined, to: 'A librarian who answers briefly.' },
  ],
};

const folder = process.argv[2] ?? 'panel-pictures';
mkdirSync(folder, { recursive: true });
for (const theme of ['dark', 'light'] as const) {
  for (const { name, panel } of [...panelStates(VALUES), ...memoryStates()]) {
    if (panel === undefined) continue;
    const file = join(folder, `${name.replaceAll(/\W+/gu, '-')}-${theme}.png`);
    await sharp(Buffer.from(drawPanel(panel, theme)), { density: 144 }).png({ palette: true }).toFile(file);
  }
}
process.stdout.write(`The pictures are in ${folder}.\n`);
