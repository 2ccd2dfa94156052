import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { SCOPES } from '../../src/conversation/scope.ts';
import { scopeTranscripts } from './scope-transcripts.ts';

const readme = readFileSync(join(import.meta.dirname, '../../README.md'), 'utf8');

it('the README shows of each scope what people see when it is played', async () => {
  const played = await scopeTranscripts();
  const section = readme.split('## Who shares a conversation\n')[1]?.split('\n## ')[0] ?? '';
  const shown = new Map([...section.matchAll(/^\*\*`(\w+)`\*\*:[^]*?```text\n([^]*?)\n```/gmu)].map(([, scope, text]) => [scope, text]));
  expect([...shown.keys()]).toEqual([...SCOPES]);
  for (const scope of SCOPES) expect(shown.get(scope), scope).toBe(played.get(scope));
});
