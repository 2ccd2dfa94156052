import { openStore } from '../../../src/store/open-store.ts';
import type { World } from '../../start-parley.ts';

/** Stops the process in the middle of what it does, lets its unfinished questions grow old while their tokens live, and starts the next one. */
export const restartTooLate = async (world: World, storeUrl: string): Promise<void> => {
  await growOld(world, storeUrl);
  await world.restart();
};

/** The same, where their tokens do not live any more. */
export const restartMuchLater = async (world: World, storeUrl: string, environment: Readonly<Record<string, string>> = {}): Promise<void> => {
  await growOld(world, storeUrl);
  world.discord.advance(15 * 60_000);
  await world.restart(environment);
};

const growOld = async (world: World, storeUrl: string): Promise<void> => {
  await world.parley.stop(0);
  const store = openStore(storeUrl, { table: 'ledger' });
  for await (const [key, text] of store.entries('question:')) {
    const row = JSON.parse(text) as Record<string, unknown> & { state: string };
    if (row.state !== 'accepted' && row.state !== 'running') continue;
    await store.set(key, JSON.stringify({ ...row, deadline: 0 }), 60_000);
  }
  await store.close();
};
