import { describe, expect, it } from 'vitest';
import { createBegunInteractions } from '../../src/store/begun-interactions.ts';
import { openStore } from '../../src/store/open-store.ts';
import { createSeal } from '../../src/store/seal.ts';

const memory = { id: '1500000000000000001', applicationId: '1500000000000000000', token: 'a secret token', kind: 'memory' };

/** Processes that share a store, and what is in it. */
const sharing = () => {
  const store = openStore('memory://', { table: 'ledger' });
  const alive = new Set<string>();
  const process = (owner: string, passphrase = 'a passphrase') => {
    alive.add(owner);
    return createBegunInteractions({ store, seal: createSeal(passphrase), processes: { owner, isAlive: (other) => Promise.resolve(alive.has(other)) } });
  };
  const kept = async (): Promise<readonly string[]> => (await Array.fromAsync(store.entries('begun:'))).map(([, text]) => text);
  return { store, process, dies: (owner: string) => void alive.delete(owner), kept };
};

describe('what was begun', () => {
  it('is one process alone, and its token is in the store for nobody to read', async () => {
    const { process, kept } = sharing();
    const [one, other] = [process('one'), process('other')];
    expect([await one.begin(memory), await other.begin(memory), await one.begin(memory)]).toEqual([true, false, false]);
    expect(await kept()).toHaveLength(1);
    expect((await kept()).join()).not.toContain(memory.token);
    expect([await one.takeLeft(), await other.takeLeft()]).toEqual([[], []]);
  });

  it('leaves nothing where it has ended, whoever hears of it later', async () => {
    const { process, kept } = sharing();
    const [one, other] = [process('one'), process('other')];
    await one.begin(memory);
    await one.ended(memory.id);
    expect([await other.begin(memory), await kept()]).toEqual([false, []]);
  });

  it('is taken over once where its process is gone, and by the next one where that goes, too', async () => {
    const { process, dies } = sharing();
    const [one, other, third] = [process('one'), process('other'), process('third')];
    await one.begin(memory);
    dies('one');
    expect((await Promise.all([other.takeLeft(), third.takeLeft()])).flat()).toEqual([memory]);
    dies('other');
    dies('third');
    expect(await process('fourth').takeLeft()).toEqual([memory]);
  });

  it('is found again by whoever took it over and could not end it, and by whoever left it', async () => {
    const { process, dies } = sharing();
    const [one, other] = [process('one'), process('other')];
    await one.begin(memory);
    await one.leave(memory.id);
    expect([await one.takeLeft(), await one.takeLeft(), await other.takeLeft()]).toEqual([[memory], [memory], []]);
    dies('one');
    expect(await other.takeLeft()).toEqual([memory]);
    await other.ended(memory.id);
    expect(await other.takeLeft()).toEqual([]);
  });

  it('has no token any more for a process with another passphrase', async () => {
    const { process, dies } = sharing();
    await process('one').begin(memory);
    dies('one');
    expect(await process('other', 'another passphrase').takeLeft()).toEqual([{ ...memory, token: '' }]);
  });
});
