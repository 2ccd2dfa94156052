import fc from '../property.ts';
import { describe, expect, it } from 'vitest';
import { effective } from '../../src/policy/cascade.ts';
import { chainOf } from '../../src/policy/server-settings.ts';
import type { Values } from '../../src/policy/settings-tree.ts';

const CASCADES = 100_000;

type Keys = 'model' | 'persona' | 'maxAnswerTokens' | 'footer' | 'privateAnswers' | 'errorStyle';
type Stood = Pick<Values, Keys>;
const KEYS: readonly Keys[] = ['model', 'persona', 'maxAnswerTokens', 'footer', 'privateAnswers', 'errorStyle'];

interface Cascade {
  readonly bot: Stood;
  readonly server: Stood;
  readonly categories: Readonly<Record<string, Stood>>;
  readonly channels: Readonly<Record<string, Stood>>;
  readonly categoryId: string | undefined;
  readonly channelId: string;
}

/** The reference: one value at a time, from the widest place to the most specific one. */
const reference = (key: Keys, { bot, server, categories, channels, categoryId, channelId }: Cascade): { value: unknown; from: string } | undefined => {
  let found: { value: unknown; from: string } | undefined;
  const levels: [string, Stood | undefined][] = [
    ['bot', bot],
    ['server', server],
    ['category', categoryId === undefined ? undefined : categories[categoryId]],
    ['channel', channels[channelId]],
  ];
  for (const [from, stood] of levels) {
    const value = stood?.[key];
    if (value === undefined) continue;
    const isForbidden = key === 'privateAnswers' && found?.value === false;
    if (!isForbidden) found = { value, from };
  }
  return found;
};

const stood: fc.Arbitrary<Stood> = fc.record(
  {
    model: fc.constantFrom('us.amazon.nova-2-lite-v1:0', 'us.anthropic.claude-haiku-5-5', 'made.up'),
    persona: fc.constantFrom('a pirate', 'a lawyer', 'x'.repeat(4_000)),
    maxAnswerTokens: fc.integer({ min: 1, max: 1_000_000 }),
    footer: fc.constantFrom('off', 'model', 'cost'),
    privateAnswers: fc.boolean(),
    errorStyle: fc.constantFrom('reply', 'quiet'),
  },
  { requiredKeys: [] },
);
const places = fc.dictionary(fc.constantFrom('1', '2', '3'), stood, { maxKeys: 3 });
const cascade: fc.Arbitrary<Cascade> = fc.record({
  bot: stood,
  server: stood,
  categories: places,
  channels: places,
  categoryId: fc.option(fc.constantFrom('1', '2', '3'), { nil: undefined }),
  channelId: fc.constantFrom('1', '2', '3'),
});

describe('what holds at a place', () => {
  it('is what a model of thirty lines says, of 100,000 random cascades', () => {
    const seen = new Set<string>();
    for (const one of fc.sample(cascade, { numRuns: CASCADES, seed: 17 })) {
      const { bot, server, categories, channels, categoryId, channelId } = one;
      const chain = chainOf(bot, { server, categories, channels }, { channelId, categoryId });
      for (const key of KEYS) {
        const expected = reference(key, one);
        const found = effective(key, chain);
        seen.add(`${key} ${found?.from}`);
        // The matcher alone would take a minute for all of them.
        if (found?.value !== expected?.value || found?.from !== expected?.from) expect({ one, key, found }).toEqual({ one, key, found: expected });
      }
    }
    // Each key was decided at each level, and nowhere.
    expect(seen.size).toBe(KEYS.length * 5);
  });

  it('takes nothing from what does not fit its key: an unknown one, one of another level, a value out of bounds', () => {
    const odd = { model: 'no such\nid', persona: 'x'.repeat(4_001), maxAnswerTokens: 0, footer: 'loud', privateAnswers: 'no', later: 'something', managerRole: '123456789012345678' };
    const chain = chainOf({ footer: 'off' }, { server: {}, categories: {}, channels: { '1': odd } }, { channelId: '1' });
    expect(KEYS.map((key) => effective(key, chain))).toEqual([undefined, undefined, undefined, { value: 'off', from: 'bot' }, undefined, undefined]);
    expect(effective('managerRole', chain)).toBeUndefined();
  });

  it('of lists that forbid is all of them, said to come from the most specific place that adds something', () => {
    const [one, other] = ['100000000000000001', '100000000000000002'];
    const settings = { server: { forbiddenRoles: other }, categories: { '7': { forbiddenRoles: `${one} ${other}` } }, channels: { '1': { forbiddenRoles: one }, '2': {} } };
    const at = (channelId: string, categoryId?: string) => effective('forbiddenRoles', chainOf({}, settings, { channelId, categoryId }));
    expect(at('1', '7')).toEqual({ value: `${one} ${other}`, from: 'category' });
    expect(at('1')).toEqual({ value: `${one} ${other}`, from: 'channel' });
    expect(at('2')).toEqual({ value: other, from: 'server' });
    expect(effective('allowedRoles', chainOf({}, { ...settings, server: { allowedRoles: one }, channels: { '1': { allowedRoles: other } } }, { channelId: '1' }))).toEqual({ value: other, from: 'channel' });
  });

  it('is forbidden where a wider place forbids, whatever a more specific one permits', () => {
    const settings = { server: { privateAnswers: true }, categories: { '7': { privateAnswers: false } }, channels: { '1': { privateAnswers: true }, '2': { privateAnswers: false } } };
    const at = (channelId: string, categoryId?: string) => effective('privateAnswers', chainOf({ privateAnswers: true }, settings, { channelId, categoryId }));
    expect(at('1', '7')).toEqual({ value: false, from: 'category' });
    expect(at('1')).toEqual({ value: true, from: 'channel' });
    expect(at('2', '7')).toEqual({ value: false, from: 'category' });
    expect(at('2', '8')).toEqual({ value: false, from: 'channel' });
  });
});
