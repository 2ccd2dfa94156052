import fc from '../property.ts';
import { describe, expect, it } from 'vitest';
import { NO_LISTS, asksForRoles, restricts, rulingOn } from '../../src/policy/access.ts';
import { chainOf } from '../../src/policy/server-settings.ts';
import type { AccessLists, Asker, OperatorAccess } from '../../src/policy/access.ts';
import type { ServerSettings, StoredValues } from '../../src/policy/server-settings.ts';

const CASES = 100_000;
const GUILD = '100000000000000001';
const ids = (count: number, kind: number): string[] => Array.from({ length: count }, (_, index) => `${kind}0000000000000000${index}`);
const [SERVERS, CHANNELS, CATEGORIES, ROLES, MEMBERS] = [[GUILD, '100000000000000002'], ids(3, 2), ids(2, 3), ids(3, 4), ids(3, 5)] as const;

interface Case {
  readonly operator: OperatorAccess;
  readonly settings: ServerSettings;
  readonly channelId: string;
  readonly categoryId: string | undefined;
  readonly asker: Asker;
}

const NONE: OperatorAccess = { allowed: NO_LISTS, forbidden: NO_LISTS };

/** The reference: everything that anybody says about this question, as a heap of votes. */
const mayAsk = ({ operator: { allowed, forbidden }, settings, channelId, categoryId, asker }: Case): boolean => {
  const roles = new Set([...asker.roleIds, GUILD]);
  const where = new Set([channelId, ...(categoryId === undefined ? [] : [categoryId])]);
  const has = (of: ReadonlySet<string>, list: readonly string[]): boolean => list.some((id) => of.has(id));
  const listed = (value: unknown): string[] => (value === undefined ? [] : String(value).split(' '));
  const levels: StoredValues[] = [settings.server, (categoryId && settings.categories[categoryId]) || {}, settings.channels[channelId] ?? {}];
  const votesAgainst = [
    forbidden.servers.includes(GUILD),
    has(where, forbidden.channels),
    forbidden.members.includes(asker.id),
    has(roles, forbidden.roles),
    allowed.servers.length > 0 && !allowed.servers.includes(GUILD),
    allowed.channels.length > 0 && !has(where, allowed.channels),
    allowed.members.length + allowed.roles.length > 0 && !allowed.members.includes(asker.id) && !has(roles, allowed.roles),
    ...levels.flatMap((level) => [level['questions'] === 'forbidden', listed(level['forbiddenMembers']).includes(asker.id), has(roles, listed(level['forbiddenRoles']))]),
  ];
  if (votesAgainst.includes(true)) return false;
  const nearest = (key: string): unknown => levels.reduce((found: unknown, level) => level[key] ?? found, undefined);
  if (nearest('questions') === 'off') return false;
  const [someRoles, someMembers] = [nearest('allowedRoles'), nearest('allowedMembers')];
  return (someRoles === undefined && someMembers === undefined) || has(roles, listed(someRoles)) || listed(someMembers).includes(asker.id);
};

const some = (of: readonly string[], maxLength = 2): fc.Arbitrary<string[]> => fc.oneof({ weight: 3, arbitrary: fc.constant<string[]>([]) }, fc.uniqueArray(fc.constantFrom(...of), { maxLength }));
const lists: fc.Arbitrary<AccessLists> = fc.record({ servers: some(SERVERS), channels: some([...CHANNELS, ...CATEGORIES], 4), roles: some([...ROLES, GUILD]), members: some(MEMBERS) });
const listValue = (of: readonly string[]) => fc.uniqueArray(fc.constantFrom(...of), { minLength: 1, maxLength: 2 }).map((all) => all.join(' '));
const whole = fc.record({
  questions: fc.constantFrom('allowed', 'allowed', 'off', 'forbidden'),
  allowedRoles: listValue([...ROLES, GUILD]),
  allowedMembers: listValue(MEMBERS),
  forbiddenRoles: listValue(ROLES),
  forbiddenMembers: listValue(MEMBERS),
});
const values: fc.Arbitrary<StoredValues> = fc
  .tuple(whole, fc.subarray(['questions', 'allowedRoles', 'allowedMembers', 'forbiddenRoles', 'forbiddenMembers'], { maxLength: 2 }))
  .map(([all, keys]) => Object.fromEntries(Object.entries(all).filter(([key]) => keys.includes(key))));
const cases: fc.Arbitrary<Case> = fc.record({
  operator: fc.oneof({ weight: 3, arbitrary: fc.constant(NONE) }, fc.record({ allowed: lists, forbidden: fc.oneof({ weight: 3, arbitrary: fc.constant(NO_LISTS) }, lists) })),
  settings: fc.record({ server: values, categories: fc.dictionary(fc.constantFrom(...CATEGORIES), values, { maxKeys: 2 }), channels: fc.dictionary(fc.constantFrom(...CHANNELS), values, { maxKeys: 2 }) }),
  channelId: fc.constantFrom(...CHANNELS),
  categoryId: fc.option(fc.constantFrom(...CATEGORIES), { nil: undefined }),
  asker: fc.record({ id: fc.constantFrom(...MEMBERS), roleIds: fc.subarray([...ROLES]) }),
});

const rulingIn = ({ operator, settings, channelId, categoryId, asker }: Case) =>
  rulingOn(operator, chainOf({ questions: 'allowed' }, settings, { channelId, categoryId }), { guildId: GUILD, channelId, categoryId }, asker);

describe('who may ask', () => {
  it('is what a model of votes says, of 100,000 random servers', () => {
    const seen = new Set<string>();
    for (const one of fc.sample(cases, { numRuns: CASES, seed: 17 })) {
      const ruling = rulingIn(one);
      seen.add(ruling === undefined ? 'allowed' : `${ruling.rule} ${ruling.from}`);
      // The matcher alone would take a minute for all of them.
      if ((ruling === undefined) !== mayAsk(one)) expect({ one, ruling }).toEqual({ one, ruling: mayAsk(one) ? undefined : 'a refusal' });
    }
    const levels = ['server', 'category', 'channel'];
    const expected = ['place-forbidden', 'place-off', 'member-forbidden', 'role-forbidden', 'not-listed'].flatMap((rule) => [...levels, ...(rule === 'place-off' ? [] : ['bot'])].map((from) => `${rule} ${from}`));
    expect([...seen].toSorted()).toEqual([...expected, 'server bot', 'allowed'].toSorted());
  });

  it('says of nothing that it restricts where nothing can ever be refused, and asks for roles only where they decide', () => {
    for (const one of fc.sample(cases, { numRuns: 5_000, seed: 18 })) {
      const { settings, channelId, categoryId } = one;
      const chain = chainOf({ questions: 'allowed' }, settings, { channelId, categoryId });
      const open = { ...one, operator: NONE };
      if (!restricts(chain)) expect(rulingIn(open)).toBeUndefined();
      if (asksForRoles(NONE, chain)) continue;
      expect(rulingIn({ ...open, asker: { ...one.asker, roleIds: ROLES } })).toEqual(rulingIn({ ...open, asker: { ...one.asker, roleIds: [] } }));
    }
  });

  it('takes a role that is gone for one that nobody has: it permits nobody, and forbids nobody', () => {
    const asker = { id: MEMBERS[0]!, roleIds: [] };
    const at = (server: StoredValues) => rulingIn({ operator: NONE, settings: { server, categories: {}, channels: {} }, channelId: CHANNELS[0]!, categoryId: undefined, asker });
    expect(at({ allowedRoles: '999999999999999999' })).toEqual({ rule: 'not-listed', from: 'server' });
    expect(at({ forbiddenRoles: '999999999999999999' })).toBeUndefined();
  });

  it('takes no value that does not fit: somebody who is no id forbids nobody', () => {
    const settings = { server: { forbiddenMembers: 'ana', questions: 'never', allowedRoles: '' }, categories: {}, channels: {} };
    expect(rulingIn({ operator: NONE, settings, channelId: CHANNELS[0]!, categoryId: undefined, asker: { id: MEMBERS[0]!, roleIds: [] } })).toBeUndefined();
  });
});
