import { describe, expect, it } from 'vitest';
import { judgeStore, judgeStoreError } from '../../src/store/judge-store.ts';
import { NewerStoreError } from '../../src/store/newer-store.ts';
import { openStore } from '../../src/store/open-store.ts';

/** As `node:sqlite` throws it. */
const sqliteError = (errcode: number, message: string): Error => Object.assign(new Error(message), { code: 'ERR_SQLITE_ERROR', errcode });
const systemError = (code: string): Error => Object.assign(new Error(`${code}: no`), { code });

describe('a store of which a call failed', () => {
  it.each([
    ['hopeless', 'may not be written', sqliteError(8, 'attempt to write a readonly database'), /does not work.+readonly/u],
    ['hopeless', 'may not be written, in one way of many', sqliteError(1_544, 'attempt to write a readonly database'), /does not work/u],
    ['troubled', 'was moved away while it was open', sqliteError(1_032, 'attempt to write a readonly database'), /does not work/u],
    ['hopeless', 'is forbidden', sqliteError(3, 'access permission denied'), /does not work.+denied/u],
    ['hopeless', 'is in a folder of others', systemError('EACCES'), /does not work.+EACCES/u],
    ['hopeless', 'is in a folder that is not there', new Error('Could not open', { cause: systemError('ENOENT') }), /does not work.+ENOENT/u],
    ['troubled', 'is on a disk that fails now', sqliteError(10, 'disk I/O error'), /does not work.+I\/O/u],
    ['troubled', 'is too many open files away', systemError('EMFILE'), /does not work/u],
    ['troubled', 'failed with no error at all', 'odd', /does not work.+odd/u],
    ['troubled', 'is locked', sqliteError(5, 'database is locked'), /Another program has locked/u],
    ['troubled', 'is locked within', sqliteError(262, 'database table is locked'), /Another program has locked/u],
    ['troubled', 'is on a full disk', sqliteError(13, 'database or disk is full'), /no room left/u],
    ['troubled', 'is on a disk that is full for its user', systemError('EDQUOT'), /no room left/u],
    ['hopeless', 'is damaged', sqliteError(11, 'database disk image is malformed'), /damaged/u],
    ['hopeless', 'is no store', sqliteError(26, 'file is not a database'), /file of another kind/u],
  ])('is %s where it %s', (is, _what, error, says) => {
    expect(judgeStoreError(error, 'sqlite:///data/parley.sqlite')).toMatchObject({ is, says: expect.stringMatching(says) as string, cure: expect.stringMatching(/\.$/u) as string });
  });

  it('is hopeless where a newer version wrote it', () => {
    expect(judgeStoreError(new NewerStoreError('of a newer version'), 'sqlite:///data/parley.sqlite').is).toBe('hopeless');
  });
});

describe('a store that is tried', () => {
  it('is fine where what was written comes back, and keeps nothing of that', async () => {
    const store = openStore('memory://');
    const left: string[] = [];
    const watched = { ...store, set: (key: string, ...rest: [string, number]) => (left.push(key), store.set(key, ...rest)) };
    expect(await judgeStore('memory://', watched, 5_000)).toEqual({ is: 'fine' });
    expect(await Promise.all(left.map((key) => store.get(key)))).toEqual([undefined]);
    await store.close();
  });

  it('is troubled where something else comes back', async () => {
    const store = openStore('memory://');
    expect((await judgeStore('memory://', { ...store, get: async () => 'something else' })).is).toBe('troubled');
    await store.close();
  });
});
