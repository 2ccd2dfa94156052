import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { startWorld } from '../start-parley.ts';
import type { World } from '../start-parley.ts';

const folder = mkdtempSync(join(tmpdir(), 'parley-'));
let world: World | undefined;
afterEach(async () => {
  await world?.close();
  rmSync(folder, { recursive: true, force: true });
});

describe("a day's quota", () => {
  it('that was told stays used up after a restart', async () => {
    world = await startWorld({ environment: { TOKENS_PER_DAY: '5000', BEDROCK_MAX_TOKENS: '4000', STORE_URL: `sqlite://${join(folder, 'parley.sqlite')}` } });
    const { ask, ana, bedrock } = world;
    bedrock.respond({ text: 'word '.repeat(1_500) });
    await ask(ana, 'first');
    expect(bedrock.requests).toHaveLength(1);
    await world.restart();
    const { content } = await ask(ana, 'second');
    expect(content).toContain('quota at Amazon Bedrock is used up');
    expect(bedrock.requests).toHaveLength(1);
  });
});
