import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { freshFolder, startProcess } from '../parley-process.ts';
import { startBedrockSimulator } from '../simulators/bedrock.ts';
import { startDiscordSimulator } from '../simulators/discord.ts';
import { startWorld } from '../start-parley.ts';
import { ALL_AT_ONCE, createCrowd, isWhole, shownTo, untilWhole } from './crowd.ts';
import type { ParleyProcess } from '../parley-process.ts';
import type { World } from '../start-parley.ts';
import type { Asker, Crowd } from './crowd.ts';

let folder: string;
const closing: (() => Promise<unknown>)[] = [];

beforeEach(() => {
  folder = freshFolder();
});
afterEach(async () => {
  for (const close of closing.splice(0).toReversed()) await close();
  rmSync(folder, { recursive: true });
});

/** Asks for all, and resolves when some of them can read something, and some cannot. */
const ask = async (crowd: Crowd): Promise<void> => {
  crowd.askByMention();
  await crowd.heard();
  await crowd.grow(3);
  await expect.poll(() => crowd.askers.filter((asker) => shownTo(asker).length > 0).length).toBeGreaterThan(crowd.askers.length / 2);
};

describe('a process that dies in the middle of two hundred answers', () => {
  it('leaves each of them to the next one, which ends it once', async () => {
    const [discord, bedrock] = await Promise.all([startDiscordSimulator({ maxConcurrency: 100 }), startBedrockSimulator()]);
    closing.push(() => Promise.all([discord.close(), bedrock.close()]));
    const start = async (): Promise<ParleyProcess> => {
      const started = startProcess({ discord, bedrock }, folder, ALL_AT_ONCE);
      closing.push(() => {
        started.child.kill('SIGKILL');
        return started.ended;
      });
      await started.ready();
      return started;
    };
    const crowd = createCrowd({ discord, bedrock, guild: discord.addGuild() }, 200);
    const started = await start();
    await ask(crowd);
    started.child.kill('SIGKILL');
    await started.ended;
    await crowd.end();
    await start();
    await untilWhole(crowd.askers);
    // A draft is taken over; what was on its way when the process died may be seen twice on the wire, and once in the channel.
    for (const { channel } of crowd.askers) expect(channel.fromBot).toHaveLength(1);
    const createsFor = ({ question }: Asker): number =>
      discord.requests.filter(({ route, status, body }) => status === 200 && route === 'POST /channels/:id/messages' && JSON.stringify(body).includes(`"message_id":"${question!.id}"`)).length;
    expect(crowd.askers.filter((asker) => createsFor(asker) > 2)).toEqual([]);
  });
});

describe('a bot that is to stop in the middle of sixty answers', () => {
  const startAmongMany = async (): Promise<{ readonly world: World; readonly crowd: Crowd }> => {
    const world = await startWorld({ environment: { ...ALL_AT_ONCE, STORE_URL: `sqlite://${join(folder, 'store.sqlite')}` } });
    closing.push(() => world.close());
    const crowd = createCrowd(world, 60);
    await ask(crowd);
    return { world, crowd };
  };

  it('shows the ends of all while it is given time', async () => {
    const { world, crowd } = await startAmongMany();
    await Promise.all([world.parley.stop(60_000), crowd.end()]);
    expect(crowd.askers.filter((asker) => !isWhole(asker))).toEqual([]);
  });

  it('stops, too, where Discord takes nothing, and leaves them to the next one', async () => {
    const { world, crowd } = await startAmongMany();
    world.discord.limitGlobally(60_000);
    await Promise.all([world.parley.stop(500), crowd.end()]);
    world.discord.advance(60_000);
    await world.restart({}, 0);
    await untilWhole(crowd.askers);
    for (const { channel } of crowd.askers) expect(channel.fromBot).toHaveLength(1);
  });
});
