import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, expect } from 'vitest';
import { startWorld } from '../start-parley.ts';
import type { World, WorldOptions } from '../start-parley.ts';

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
  afterEach(calm);
  afterAll(async () => {
    expect(world.discord.unexpectedRequests).toEqual([]);
    await world.close();
    rmSync(folder, { recursive: true });
  });
};
