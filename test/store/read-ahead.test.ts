import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it, vi } from 'vitest';
import { createReadAhead } from '../../src/store/read-ahead.ts';

const counting = () => {
  const texts = new Map([['a', 'first']]);
  const read = vi.fn(async (id: string) => texts.get(id));
  return { texts, read, ahead: createReadAhead(read) };
};

describe('a read that went ahead', () => {
  it('is told once, and is not made again', async () => {
    const { texts, read, ahead } = counting();
    ahead.begin('a');
    expect(await ahead.read('a')).toBe('first');
    expect(read).toHaveBeenCalledTimes(1);
    texts.set('a', 'second');
    expect(await ahead.read('a')).toBe('second');
  });

  it.each([
    ['before it', async (write: () => Promise<void>, begin: () => void) => {
      begin();
      await write();
    }],
    ['while it is written', async (write: (meanwhile: () => void) => Promise<void>, begin: () => void) => write(begin)],
  ])('tells nothing where something was written there: begun %s', async (_when, happen) => {
    const { texts, ahead } = counting();
    const write = (meanwhile = (): void => undefined): Promise<void> =>
      ahead.writing(['a', 'b'], async () => {
        meanwhile();
        await sleep(1);
        texts.set('a', 'second');
      });
    await happen(write, () => ahead.begin('a'));
    expect(await ahead.read('a')).toBe('second');
  });

  it('drops nothing of other places, and drops all the same where the write fails', async () => {
    const { texts, read, ahead } = counting();
    texts.set('b', 'other');
    ahead.begin('a');
    ahead.begin('b');
    await expect(ahead.writing(['a'], () => Promise.reject(new Error('away')))).rejects.toThrow('away');
    texts.set('a', 'second');
    expect([await ahead.read('a'), await ahead.read('b')]).toEqual(['second', 'other']);
    expect(read).toHaveBeenCalledTimes(3);
  });

  it('that failed is made again, and so is one that is old; one that fails is not waited for twice', async () => {
    const { texts, read, ahead } = counting();
    read.mockRejectedValueOnce(new Error('away'));
    ahead.begin('a');
    await sleep(1);
    expect(await ahead.read('a')).toBe('first');
    read.mockRejectedValueOnce(new Error('away'));
    ahead.begin('a');
    await expect(ahead.read('a')).rejects.toThrow('away');
    vi.useFakeTimers({ toFake: ['performance'] });
    ahead.begin('a');
    texts.set('a', 'second');
    vi.advanceTimersByTime(2_000);
    expect(await ahead.read('a')).toBe('second');
    vi.useRealTimers();
  });
});
