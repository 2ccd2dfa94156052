import { describe, expect, it } from 'vitest';
import { createGatewayHealth } from '../../src/discord/gateway/gateway-health.ts';
import { createZombieWatch } from '../../src/discord/gateway/zombie-watch.ts';

const start = () => {
  let time = 1_000_000;
  const zombies: number[] = [];
  const health = createGatewayHealth(() => time);
  const watch = createZombieWatch({ health, refresh: () => undefined, onZombie: (silentMs) => zombies.push(silentMs), now: () => time });
  const pass = (ms: number, meanwhile: () => void = () => undefined): void => {
    for (let passed = 0; passed < ms; passed += 10_000) {
      time += 10_000;
      meanwhile();
      watch.look();
    }
  };
  return { health, zombies, pass, now: () => time, sleep: (ms: number) => void (time += ms) };
};

describe('the watch on the connection', () => {
  it('notices within two minutes that a shard says nothing any more', () => {
    const { health, zombies, pass } = start();
    health.received(0);
    pass(90_000);
    expect(zombies).toEqual([]);
    pass(30_000);
    expect(zombies.length).toBeGreaterThan(0);
  });

  it('notices it of one shard among others, and of a connection that never came', () => {
    const some = start();
    some.health.received(0);
    some.health.received(1);
    some.pass(120_000, () => some.health.received(1));
    expect(some.zombies.length).toBeGreaterThan(0);
    const none = start();
    none.pass(120_000);
    expect(none.zombies.length).toBeGreaterThan(0);
  });

  it('is content with heartbeats or with events', () => {
    for (const sign of ['beat', 'event'] as const) {
      const { health, zombies, pass } = start();
      pass(600_000, () => (sign === 'beat' ? health.acknowledged(0) : health.received(0)));
      expect(zombies).toEqual([]);
    }
  });

  it('gives a machine that slept the time to connect anew', () => {
    const { health, zombies, pass, sleep } = start();
    health.received(0);
    sleep(8 * 60 * 60_000);
    pass(80_000);
    expect(zombies).toEqual([]);
    pass(60_000);
    expect(zombies.length).toBeGreaterThan(0);
  });

  it('tells of each shard when it was heard last', () => {
    const { health, now } = start();
    health.received(1);
    health.acknowledged(0);
    expect(health.shards()).toEqual([
      { shardId: 0, lastAckAt: now(), lastEventAt: undefined },
      { shardId: 1, lastAckAt: undefined, lastEventAt: now() },
    ]);
  });
});
