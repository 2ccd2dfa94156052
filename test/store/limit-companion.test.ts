import { expect, it } from 'vitest';
import { createLimitCompanion } from '../../src/store/limit-companion.ts';

type Companion = typeof createLimitCompanion;
type Limits = Parameters<Companion>[0];
type Counts = Parameters<Companion>[1];
const question = { id: '42' } as never;

it('a question is counted with its claim once: not again where a button asks what was counted before', () => {
  const counted: unknown[] = [];
  const decided: unknown[] = [];
  const companionWith = (verdict: unknown, plan: unknown) =>
    createLimitCompanion(
      { verdictOf: () => verdict, plan: () => plan, decided: (id: string, verdictOf: unknown) => decided.push([id, verdictOf]), ended: () => undefined } as unknown as Limits,
      { reserve: (_entries: unknown, planned: unknown) => (counted.push(planned), 'verdict'), settle: () => undefined } as unknown as Counts,
    );
  companionWith(undefined, 'plan').claimed(question)?.({} as never);
  expect([counted, decided]).toEqual([['plan'], [['42', 'verdict']]]);
  expect(companionWith('counted', 'plan').claimed(question)).toBeUndefined();
  // Where nothing is limited, there is nothing to count.
  expect(companionWith(undefined, undefined).claimed(question)).toBeUndefined();
});
