import { stat } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createGroupCommit } from '../../src/store/group-commit.ts';
import { openStore } from '../../src/store/open-store.ts';
import type { GroupCommit } from '../../src/store/group-commit.ts';
import type { Store } from '../../src/store/open-store.ts';

let store: Store;
let commits: GroupCommit;
beforeEach(() => {
  store = openStore('memory://', { table: 'ledger' });
  commits = createGroupCommit(store);
});
afterEach(() => store.close());

const claim = (id: string) => commits.claim([{ key: id, text: '', ttlMs: 60_000 }]);

describe('what can wait for a burst of claims', () => {
  it('does not wait where nothing is claimed', async () => {
    expect(commits.quiet()).toBeUndefined();
    await claim('q');
    await sleep(1);
    expect(commits.quiet()).toBeUndefined();
  });

  it('comes behind all of them', async () => {
    const happened: string[] = [];
    const claims = Array.from({ length: 30 }, (_, index) => claim(`q${index}`).then(() => happened.push('claimed')));
    const quiet = commits.quiet()?.then(() => happened.push('quiet'));
    await Promise.all([...claims, quiet]);
    expect(happened).toEqual([...claims.map(() => 'claimed'), 'quiet']);
  });

  it('waits a moment and no longer when it never ends', async () => {
    let isGoingOn = true;
    let claimed = 0;
    const goOn = async (): Promise<void> => {
      while (isGoingOn) {
        await Promise.all(Array.from({ length: 20 }, () => claim(`q${(claimed += 1)}`)));
        // Otherwise nothing else of this test would ever run.
        if (claimed > 100_000) isGoingOn = false;
      }
    };
    const going = goOn();
    const before = claimed;
    await commits.quiet();
    expect(isGoingOn).toBe(true);
    expect(claimed).toBeGreaterThan(before);
    isGoingOn = false;
    await going;
  });

  it('waits for no store that hangs', async () => {
    commits = createGroupCommit({ ...store, setManyIfAbsent: () => new Promise(() => undefined) });
    const hanging = Promise.allSettled([claim('q1'), claim('q2')]);
    await commits.quiet();
    expect((await hanging).map(({ status }) => status)).toEqual(['rejected', 'rejected']);
  });
});

describe('claims in a store that is another process', () => {
  /** What was claimed in each message, and how to answer them one after the other. */
  const held = () => {
    const asked: number[] = [];
    const answers: (() => void)[] = [];
    commits = createGroupCommit(
      {
        ...store,
        setManyIfAbsent: async (entries) => {
          asked.push(entries.length);
          await new Promise<void>((resolve) => answers.push(resolve));
          return store.setManyIfAbsent(entries);
        },
        flush: () => Promise.reject(new Error('nobody has to ask for that')),
      },
      true,
    );
    const answer = async (): Promise<void> => {
      answers.shift()?.();
      await sleep(1);
    };
    return { asked, answer };
  };

  it('go at once, and together behind those that are under way', async () => {
    const { asked, answer } = held();
    const claims = Array.from({ length: 150 }, (_, index) => claim(`q${index % 100}`));
    await sleep(1);
    expect(asked).toEqual([1]);
    for (let message = 0; message < 4; message += 1) await answer();
    expect(asked).toEqual([1, 64, 64, 21]);
    const committed = await Promise.all(claims);
    expect(committed.map(({ isOurs }) => isOurs)).toEqual(claims.map((_, index) => index < 100));
    // What it says that it has is on its disk.
    await Promise.all(committed.map(({ flushed }) => flushed));
    expect(commits.quiet()).toBeUndefined();
  });

  it('are not waited for for longer than a burst lasts, nor for longer than whoever asked can wait', async () => {
    const { asked, answer } = held();
    const claims = Promise.allSettled([claim('q1'), claim('q2')]);
    await commits.quiet();
    expect((await claims).map(({ status }) => status)).toEqual(['rejected', 'rejected']);
    // Nobody waits for the second one any more.
    await answer();
    expect(asked).toEqual([1]);
    const later = claim('q3');
    await answer();
    expect((await later).isOurs).toBe(true);
  });

  it('are ours where the store has answered while this process stood still', async () => {
    const { answer } = held();
    const mine = claim('q1');
    await sleep(1);
    // What comes from outside is read behind the timers that are over.
    stat(import.meta.filename, () => void answer());
    for (const from = performance.now(); performance.now() - from < 1_100; );
    expect((await mine).isOurs).toBe(true);
  });
});

describe('claims that the store does not take', () => {
  it('all fail for its reason, as it said it', async () => {
    const full = new Error('database or disk is full');
    commits = createGroupCommit({ ...store, setManyIfAbsent: () => Promise.reject(full) });
    const ends = await Promise.allSettled(['q1', 'q2', 'q3'].map(claim));
    expect(ends.map((end) => (end.status === 'rejected' ? end.reason : undefined))).toEqual([full, full, full]);
  });
});

describe('whoever closes the store', () => {
  /** Whether it has come to its end before anything else can happen. */
  const isOver = async (work: Promise<void>): Promise<boolean> => Promise.race([work.then(() => true), sleep(1).then(() => false)]);

  it('waits for a flush that has begun', async () => {
    const [begun, onDisk] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
    commits = createGroupCommit({
      ...store,
      flush: () => {
        begun.resolve();
        return onDisk.promise;
      },
    });
    const { flushed } = await claim('q1');
    await begun.promise;
    expect(await isOver(commits.settled())).toBe(false);
    onDisk.resolve();
    await Promise.all([commits.settled(), flushed]);
  });

  it('waits for all groups of a burst, and for no flush that fails', async () => {
    commits = createGroupCommit({ ...store, flush: () => Promise.reject(new Error('no disk')) });
    const flushed: Promise<void>[] = [];
    const claims = Array.from({ length: 30 }, async (_, index) => void flushed.push((await claim(`q${index}`)).flushed));
    await commits.settled();
    expect(flushed).toHaveLength(30);
    await Promise.all(claims);
    expect((await Promise.allSettled(flushed)).map(({ status }) => status)).toEqual(flushed.map(() => 'rejected'));
  });

  it('waits for nothing where nothing was claimed', async () => {
    expect(await isOver(commits.settled())).toBe(true);
  });
});
