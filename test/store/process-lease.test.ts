import { describe, expect, it, vi } from 'vitest';
import { openStore } from '../../src/store/open-store.ts';
import { createProcessLease } from '../../src/store/process-lease.ts';
import { begunIn, containerIn, isKnownGone, ownPlace } from '../../src/store/process-place.ts';
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

  it('may be as much older as whoever looks could give none himself, for as long as others need to give theirs', async () => {
    const store = openStore('memory://');
    const clock = clockOf();
    const lease = leaseOn(store, clock);
    const other = leaseOn(store, clock);
    await Promise.all([lease.open(), other.open()]);
    // The store was away for both.
    clock.uptime += 60_000;
    expect(await other.isAlive(lease.owner)).toBe(true);
    await other.assure();
    expect(await other.isAlive(lease.owner)).toBe(true);
    clock.uptime += 10_000;
    expect(await other.isAlive(lease.owner)).toBe(true);
    await other.open();
    clock.uptime += 10_000;
    await other.open();
    expect(await other.isAlive(lease.owner)).toBe(false);
    await Promise.all([lease.close(), other.close()]);
  });

  it('leaves it in doubt whether others live without this one only where it is late and the store fails', async () => {
    const memory = openStore('memory://');
    const clock = clockOf();
    let isAway = false;
    const store: Store = Object.assign(Object.create(memory) as Store, { set: (...entry: Parameters<Store['set']>) => (isAway ? Promise.reject(new Error('away')) : memory.set(...entry)) });
    const lease = createProcessLease({ store, now: Date.now, uptime: () => clock.uptime, onLapse: async () => undefined, onError: () => undefined });
    await lease.open();
    isAway = true;
    await lease.open();
    expect(lease.isInDoubt()).toBe(false);
    clock.uptime += 20_001;
    expect(lease.isInDoubt()).toBe(true);
    isAway = false;
    await lease.open();
    expect(lease.isInDoubt()).toBe(false);
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

const here = { pid: 1, space: 'host boot pid:[2]', begun: '200', container: 'boot layer' };

describe('a process that is started anew', () => {
  it.each([
    ['the same one', here, false],
    ['another one of the same number, which began earlier', { ...here, begun: '100' }, true],
    ['another one of the same number, of which nobody knows when it began', { ...here, begun: undefined }, false],
    ['another one that runs beside it', { ...here, pid: process.pid }, false],
    ['another one that runs no more', { ...here, pid: 999_999_999 }, true],
    ['one of the same container, before that was started anew', { ...here, space: 'host boot pid:[1]' }, true],
    ['one of another container', { ...here, space: 'host boot pid:[1]', container: 'boot another' }, false],
    ['one of which nobody knows the container', { ...here, space: 'host boot pid:[1]', container: undefined }, false],
  ])('knows of %s whether it is gone', (_what, other, isGone) => {
    expect(isKnownGone(other, here)).toBe(isGone);
    if (other.container === undefined) expect(isKnownGone(other, { ...here, container: undefined })).toBe(isGone);
  });

  it('has what its container left at once, and waits for what another one left', async () => {
    const store = openStore('memory://');
    const leaseIn = (place: typeof here) => createProcessLease({ store, now: Date.now, place, onLapse: async () => undefined, onError: (error) => expect(error).toBeUndefined() });
    const killed = leaseIn({ ...here, space: 'host boot pid:[1]' });
    await killed.open();
    expect(await leaseIn(here).isAlive(killed.owner)).toBe(false);
    expect(await leaseIn({ ...here, container: 'boot another' }).isAlive(killed.owner)).toBe(true);
    await killed.close();
  });

  it('reads when it began, and that it is the one that is', () => {
    expect(begunIn('1 (no) de) S 0 1 1 0 -1 4194560 1 2 3 4 5 6 7 8 20 0 11 0 4242 1 2')).toBe('4242');
    expect(begunIn('')).toBeUndefined();
    expect(ownPlace()).toEqual(ownPlace());
    expect(isKnownGone(ownPlace(), ownPlace())).toBe(false);
    if (process.platform === 'linux') expect(ownPlace().begun).toMatch(/^\d+$/u);
  });

  it('reads which container it is in, if any', () => {
    const layer = '700 600 0:50 / / ro,relatime master:1 - overlay overlay rw,lowerdir=/l/A:/l/B,upperdir=/var/lib/docker/overlay2/abc/diff,workdir=/var/lib/docker/overlay2/abc/work';
    const hostName = '710 700 8:1 /var/lib/docker/containers/def/hostname /etc/hostname rw - ext4 /dev/sda1 rw';
    expect(containerIn(`${hostName}\n${layer}`, true)).toBe('/var/lib/docker/overlay2/abc/diff');
    expect(containerIn(layer, false)).toBeUndefined();
    expect(containerIn('30 1 8:1 / / rw,relatime - ext4 /dev/sda1 rw', true)).toBeUndefined();
    const inPod = '720 700 8:1 /var/lib/kubelet/pods/0a1b/containers/parley/77aa88bb /dev/termination-log rw,relatime - ext4 /dev/sda1 rw';
    expect(containerIn(`${layer}\n${inPod}`, false)).toBe('0a1b/containers/parley');
  });
});
