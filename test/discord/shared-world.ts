import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, expect } from 'vitest';
import { startWorld } from '../start-parley.ts';
import type { World, WorldOptions } from '../start-parley.ts';

const LINES_OF_A_FAILURE = 60;

/**
 * One world for all tests of a file, on a store that a restart finds again. Each test begins with a model that says
 * "Certainly." and with a Discord that is well; at the end nothing may have been asked of Discord that it does not know.
 * @param use gets the world before the first test
 */
export const shareWorld = (options: WorldOptions, use: (world: World, storeUrl: string) => void): void => {
  const folder = mkdtempSync(join(tmpdir(), 'parley-'));
  const storeUrl = `sqlite://${join(folder, 'store.sqlite')}`;
  let world: World;
  const calm = (): void => {
    world.bedrock.respond({ text: 'Certainly.' });
    world.discord.faults.clear();
  };
  beforeAll(async () => {
    world = await startWorld({ ...options, environment: { STORE_URL: storeUrl, ...options.environment } });
    calm();
    use(world, storeUrl);
  });
  afterEach(({ task }) => {
    calm();
    // Of what fails once in a hundred runs, this is all that there is to learn from.
    if (task.result?.state === 'fail') console.error(`${task.name}: the log ends with\n${world.log.slice(-LINES_OF_A_FAILURE).map((line) => JSON.stringify(line)).join('\n')}`);
  });
  afterAll(async () => {
    expect(world.discord.unexpectedRequests).toEqual([]);
    await world.close();
    rmSync(folder, { recursive: true });
  });
};
