import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { withChange } from '../../src/policy/server-settings.ts';
import { createSettingsBook } from '../../src/policy/settings-book.ts';
import { openStore } from '../../src/store/open-store.ts';
import { createSettingsStore } from '../../src/store/settings-store.ts';
import { recordsIn } from './damage.ts';
import type { SettingsBook } from '../../src/policy/settings-book.ts';
import type { Store } from '../../src/store/open-store.ts';

const GUILD = '100000000000000001';
const ANA = '100000000000000002';
const BO = '100000000000000003';

let path: string;
let stores: Store[];
beforeEach(() => {
  path = join(mkdtempSync(join(tmpdir(), 'parley-')), 'store.sqlite');
  stores = [];
});
afterEach(async () => {
  vi.useRealTimers();
  await Promise.all(stores.map((store) => store.close()));
});

/** The book of another process, on the same file. */
const openBook = (now = () => 1_790_000_000_000): SettingsBook => {
  const store = openStore(`sqlite://${path}`);
  stores.push(store);
  return createSettingsBook({ store: createSettingsStore(store), now });
};

const server = { level: 'server' } as const;
const channel = (id: string) => ({ level: 'channel', id }) as const;

describe('the settings of a server', () => {
  it('are there again after a restart, with who changed what, the newest first', async () => {
    const before = openBook();
    await before.change(GUILD, ANA, (now) => withChange(now, { place: server, key: 'persona', value: 'A pirate.' }));
    await before.change(GUILD, BO, (now) => withChange(now, { place: channel('7'), key: 'privateAnswers', value: false }));
    await before.change(GUILD, BO, (now) => withChange(now, { place: server, key: 'persona', value: undefined }));
    const after = openBook();
    expect(after.of(GUILD)).toBeUndefined();
    await after.open();
    after.close();
    expect(after.of(GUILD)).toEqual({ server: {}, categories: {}, channels: { '7': { privateAnswers: false } } });
    const audit = await after.audit(GUILD, 10);
    expect(audit.map(({ byId, place, key, from, to }) => [byId, place, key, from, to])).toEqual([
      [BO, server, 'persona', 'A pirate.', undefined],
      [BO, channel('7'), 'privateAnswers', undefined, false],
      [ANA, server, 'persona', undefined, 'A pirate.'],
    ]);
    expect(await after.auditEntry(GUILD, audit[1]?.id ?? '')).toEqual(audit[1]);
    expect(await after.auditEntry(BO, audit[1]?.id ?? '')).toBeUndefined();
    expect(await after.audit(GUILD, 1)).toEqual(audit.slice(0, 1));
  });

  it('lose nothing of what several processes change at the same moment', async () => {
    const books = Array.from({ length: 4 }, () => openBook());
    const ids = Array.from({ length: 40 }, (_, index) => String(index));
    await Promise.all(ids.map((id, index) => books[index % 4]?.change(GUILD, ANA, (now) => withChange(now, { place: channel(id), key: 'footer', value: 'model' }))));
    const reader = openBook();
    await reader.look();
    expect(Object.keys(reader.of(GUILD)?.channels ?? {}).toSorted()).toEqual(ids.toSorted());
    expect(await reader.audit(GUILD, 100)).toHaveLength(40);
  });

  it('are not written where nothing changes', async () => {
    const book = openBook();
    expect(await book.change(GUILD, ANA, (now) => now)).toEqual([]);
    expect(recordsIn(path)).toEqual([]);
  });

  it('of another process are seen within five seconds, and read only when something has changed', async () => {
    vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
    const [here, there] = [openBook(), openBook()];
    await here.open();
    const version = here.version;
    await vi.advanceTimersByTimeAsync(60_000);
    expect(here.version).toBe(version);
    await there.change(GUILD, ANA, (now) => withChange(now, { place: server, key: 'footer', value: 'cost' }));
    await vi.advanceTimersByTimeAsync(5_000);
    // What the timer has begun ends by itself.
    await here.look();
    expect(here.of(GUILD)?.server).toEqual({ footer: 'cost' });
    expect(here.version).toBeGreaterThan(version);
    here.close();
  });

  it('keep what only a later Parley knows', async () => {
    const book = openBook();
    await book.change(GUILD, ANA, () => ({ server: { aLaterOne: 'x' }, categories: {}, channels: {} }));
    await book.change(GUILD, ANA, (now) => withChange(now, { place: server, key: 'footer', value: 'cost' }));
    const reader = openBook();
    await reader.look();
    expect(reader.of(GUILD)?.server).toEqual({ aLaterOne: 'x', footer: 'cost' });
  });

  it('stay as they are known while the store cannot be read', async () => {
    const book = openBook();
    await book.change(GUILD, ANA, (now) => withChange(now, { place: server, key: 'footer', value: 'cost' }));
    const failing = createSettingsBook({
      store: { ...createSettingsStore(stores[0] as Store), revision: () => Promise.reject(new Error('no disk')) },
      now: Date.now,
    });
    await expect(failing.open()).resolves.toBeUndefined();
    await expect(failing.look()).rejects.toThrow('no disk');
    failing.close();
    expect(book.of(GUILD)?.server).toEqual({ footer: 'cost' });
  });
});
