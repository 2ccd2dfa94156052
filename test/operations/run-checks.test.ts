import { describe, expect, it } from 'vitest';
import { createInspect, runChecks } from '../../src/operations/run-checks.ts';
import type { Check, CheckGroup, Finding } from '../../src/operations/finding.ts';

const good = (check: string): Finding => ({ check, state: 'good', says: 'Well.' });

const check = (id: string, run: Check['run'] = () => Promise.resolve([good(id)]), isForAdmins = true): Check => ({ id, about: `the ${id}`, isForAdmins, run });

const group = (id: CheckGroup['id'], ...checks: Check[]): CheckGroup => ({ id, title: id, checks });

describe('checks', () => {
  it('end in time, and one that fails or hangs stops no other', async () => {
    let wasAborted = false;
    const hangs = (signal: AbortSignal): Promise<never> => {
      signal.addEventListener('abort', () => (wasAborted = true));
      return new Promise<never>(() => undefined);
    };
    const findings = await runChecks(
      [group('discord', check('hangs', hangs), check('next')), group('store', check('fails', () => Promise.reject(new Error('no disk\nat stack'))), check('last'))],
      { timeoutMs: 50 },
    );
    expect(findings).toEqual([
      expect.objectContaining({ check: 'hangs', state: 'bad', says: 'Looking at the hangs took longer than 0.05 s.' }),
      good('next'),
      { check: 'fails', state: 'bad', says: 'I could not look at the fails: no disk.' },
      good('last'),
    ]);
    expect(wasAborted).toBe(true);
  });

  it('are told in the order of their groups, each as soon as it is its turn', async () => {
    const { promise, resolve } = Promise.withResolvers<readonly Finding[]>();
    const told: string[] = [];
    const begun: string[] = [];
    const running = runChecks([group('discord', check('a'), check('b', () => promise)), group('store', check('c'), check('d'))], {
      onBegin: ({ id }) => begun.push(id),
      onFinding: (finding, { id }) => told.push(`${id} ${finding.check}`),
    });
    await expect.poll(() => begun).toEqual(['a', 'c', 'b', 'd']);
    expect(told).toEqual(['discord a']);
    resolve([good('b')]);
    await running;
    expect(told).toEqual(['discord a', 'discord b', 'store c', 'store d']);
  });

  it('are looked at anew after a while only, and partly by those who own nothing', async () => {
    let now = 0;
    let runs = 0;
    const counted = check('key', () => Promise.resolve([{ ...good('key'), says: `${(runs += 1)}` }]));
    const inspect = createInspect(async () => [group('bedrock', counted, check('hidden', undefined, false))], () => now);
    const [all, some] = await Promise.all([inspect(true), inspect(false)]);
    expect(all.map(({ check }) => check)).toEqual(['key', 'hidden']);
    expect(some.map(({ check }) => check)).toEqual(['key']);
    now = 31_000;
    await inspect(true);
    expect(runs).toBe(2);
  });
});
