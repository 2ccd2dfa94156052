import { Status } from 'discord.js';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { whyNotReady } from '../../src/discord/gateway/gateway-health.ts';
import { startWorld } from '../start-parley.ts';
import type { World } from '../start-parley.ts';

const fresh = { status: Status.Ready, silentMs: 1_000 };

describe('readiness', () => {
  it('needs one shard that is ready and was heard lately', () => {
    expect(whyNotReady([fresh])).toBeUndefined();
    expect(whyNotReady([{ status: Status.Connecting, silentMs: 500 }, fresh])).toBeUndefined();
    expect(whyNotReady([{ status: Status.Ready, silentMs: 90_000 }])).toBeUndefined();
  });

  it.each([
    ['no shard', [], /not connected to Discord yet/u],
    ['one that connects', [{ status: Status.Connecting, silentMs: undefined }], /not connected to Discord yet/u],
    ['one that waits for its servers', [{ status: Status.WaitingForGuilds, silentMs: 10 }], /made anew|not connected/u],
    ['one that was there', [{ status: Status.Resuming, silentMs: 4_000 }], /made anew/u],
    ['one whose connection says nothing', [{ status: Status.Ready, silentMs: 95_400 }], /said nothing for 95 seconds/u],
    ['several, none of them good', [{ status: Status.Ready, silentMs: 200_000 }, { status: Status.Reconnecting, silentMs: 10 }], /said nothing for 200 seconds/u],
    ['one that was never heard', [{ status: Status.Ready, silentMs: undefined }], /not connected to Discord yet/u],
  ] as const)('is refused to %s, with the reason', (_, shards, reason) => {
    expect(whyNotReady(shards)).toMatch(reason);
  });
});

describe('readiness of a running Parley', () => {
  let aheadMs = 0;
  let world: World;
  beforeAll(async () => {
    world = await startWorld({ monotonicNow: () => performance.now() + aheadMs, discord: { heartbeatIntervalMs: 1_000 } });
  });
  afterAll(() => world.close());
  const isReady = (): boolean => world.parley.observed.readiness().reason === undefined;

  it('lasts while heartbeats alone come, and ends when they do not although the connection stands', async () => {
    await expect.poll(isReady).toBe(true);
    world.discord.gateway.setDispatching(false);
    aheadMs += 95_000;
    // The heartbeat after that is acknowledged.
    await expect.poll(isReady).toBe(true);
    world.discord.gateway.muteAcks();
    // What was acknowledged before is known.
    isReady();
    aheadMs += 95_000;
    expect(world.parley.observed.readiness().reason).toMatch(/said nothing for 9\d seconds/u);
    world.discord.gateway.muteAcks(false);
    world.discord.gateway.setDispatching(true);
    await expect.poll(isReady).toBe(true);
  });
});
