import { describe, expect, it, vi } from 'vitest';
import { openStore } from '../../src/store/open-store.ts';
import { createProcessLease } from '../../src/store/process-lease.ts';
import type { Store } from '../../src/store/open-store.ts';

const clockOf = (aheadMs = 0) => {
  const clock = { uptime: 1_000_000, aheadMs };
  return clock;
};
const leaseOn = (store: Store, clock: ReturnType<typeof clockOf>, onLapse = async () => undefined) =>
  createProcessLease({ store, now: () => Date.now() + clock.aheadMs, uptime: () => clock.uptime, onLapse, onError: (error) => expect(error).toBeUndefined() });

describe('a sign of life', () => {
  it.each([-600_000, 600_000])('counts for a process whose clock is %i ms apart, and ends with the process', async (aheadMs) => {
    const store = openStore('memory://');
    const clock = clockOf();
    const lease = leaseOn(store, clock);
    await lease.open();
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + aheadMs });
    try {
      const other = leaseOn(store, clock);
      expect(await other.isAlive(lease.owner)).toBe(true);
      clock.uptime += 20_000;
      expect(await other.isAlive(lease.owner)).toBe(true);
      clock.uptime += 1;
      expect(await other.isAlive(lease.owner)).toBe(false);
    } finally {
      vi.useRealTimers();
    }
    await lease.close();
  });

  it.each([
    ['another boot of the machine', (text: string) => JSON.stringify({ ...(JSON.parse(text) as object), boot: 'before', space: 'there' })],
    ['an earlier version', (text: string) => JSON.stringify({ pid: 1, space: `there ${text.length}` })],
    ['nobody knows whom', () => 'nonsense'],
    ['a machine that was running for longer', (text: string) => JSON.stringify({ ...(JSON.parse(text) as object), at: 1e12 })],
  ])('of %s counts for as long as it is seen to change', async (_name, change) => {
    const store = openStore('memory://');
    const clock = clockOf();
    const lease = leaseOn(store, clock);
    const other = leaseOn(store, clock);
    const sign = async (more = ''): Promise<void> => {
      await lease.open();
      const key = `process:${lease.owner}`;
      await store.set(key, change((await store.get(key)) ?? '').replace('there', `there${more}`), 60_000);
    };
    await sign();
    expect(await other.isAlive(lease.owner)).toBe(true);
    clock.uptime += 20_000;
    expect(await other.isAlive(lease.owner)).toBe(true);
    clock.uptime += 1;
    expect(await other.isAlive(lease.owner)).toBe(false);
    await lease.close();
    expect(await other.isAlive(lease.owner)).toBe(false);
  });

  it('that cannot be read counts for no longer, however often whoever looks is started anew', async () => {
    const store = openStore('memory://');
    const clock = clockOf();
    const lease = leaseOn(store, clock);
    await lease.open();
    await store.set(`process:${lease.owner}`, 'nonsense', 60_000);
    for (let looks = 0; looks < 5; looks += 1, clock.uptime += 5_000) expect(await leaseOn(store, clock).isAlive(lease.owner)).toBe(true);
    clock.uptime += 1;
    expect(await leaseOn(store, clock).isAlive(lease.owner)).toBe(false);
  });

  it('that cannot be read is given anew by whoever lives', async () => {
    const store = openStore('memory://');
    const clock = clockOf();
    const lease = leaseOn(store, clock);
    await lease.open();
    await store.set(`process:${lease.owner}`, 'nonsense', 60_000);
    const other = leaseOn(store, clock);
    expect(await other.isAlive(lease.owner)).toBe(true);
    clock.uptime += 15_000;
    await lease.open();
    clock.uptime += 15_000;
    expect(await other.isAlive(lease.owner)).toBe(true);
    await lease.close();
  });

  it('was missed too long also where the clock was set back meanwhile', async () => {
    const store = openStore('memory://');
    const clock = clockOf();
    let lapses = 0;
    const lease = leaseOn(store, clock, async () => void (lapses += 1));
    await lease.open();
    clock.uptime += 30_000;
    clock.aheadMs -= 600_000;
    await lease.assure();
    expect(lapses).toBe(1);
    await lease.close();
  });

  it('that is late is given once, however many want it, and what others took is looked at once', async () => {
    const store = openStore('memory://');
    const clock = clockOf();
    let lapses = 0;
    const lease = leaseOn(store, clock, async () => void (lapses += 1));
    await lease.open();
    clock.uptime += 30_000;
    await Promise.all([lease.open(), lease.open(), lease.assure(), lease.open()]);
    expect(lapses).toBe(1);
    await lease.close();
  });

  it.each(['uptime', 'wall'] as const)('has lapsed after twenty seconds by the %s clock, and not sooner', async (which) => {
    const store = openStore('memory://');
    const clock = clockOf();
    vi.useFakeTimers({ toFake: ['Date'] });
    try {
      let lapses = 0;
      const lease = leaseOn(store, clock, async () => void (lapses += 1));
      const pass = (ms: number): void => void (which === 'uptime' ? (clock.uptime += ms) : (clock.aheadMs += ms));
      await lease.open();
      pass(20_000);
      await lease.assure();
      expect(lapses).toBe(0);
      pass(1);
      await lease.assure();
      expect(lapses).toBe(1);
      await lease.close();
    } finally {
      vi.useRealTimers();
    }
  });
});
