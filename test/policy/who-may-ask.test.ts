import { describe, expect, it } from 'vitest';
import { NO_LISTS } from '../../src/policy/access.ts';
import { createWhoMayAsk } from '../../src/policy/who-may-ask.ts';
import type { Question } from '../../src/conversation/question.ts';
import type { AccessLists } from '../../src/policy/access.ts';
import type { Guests } from '../../src/policy/who-may-ask.ts';

const [server, elsewhere, channel, role, ana] = ['100000000000000001', '100000000000000002', '100000000000000003', '100000000000000004', '100000000000000005'];

interface Rules {
  readonly allowed?: Partial<AccessLists>;
  readonly forbidden?: Partial<AccessLists>;
  readonly guests?: Guests;
  /** Of Ana, on the one server that the bot is on. */
  readonly roleIds?: readonly string[];
}

const may = async ({ allowed, forbidden, guests = { servers: [], members: [] }, roleIds = [] }: Rules, question: Partial<Question>): Promise<unknown> => {
  const whoMayAsk = createWhoMayAsk({
    policy: { chainFor: () => [], chainAt: () => [], channelOf: ({ conversationId }) => ({ channelId: conversationId }) },
    operator: { allowed: { ...NO_LISTS, ...allowed }, forbidden: { ...NO_LISTS, ...forbidden } },
    direct: 'everybody',
    guests,
    memberships: { rolesOf: () => Promise.resolve(roleIds), isAnywhere: (_userId, guildIds, _isHurried, isAllowed) => Promise.resolve(guildIds.some((id) => isAllowed(id, roleIds))), serverIds: () => [server] },
    isOwner: () => Promise.resolve(false),
  });
  const asked = { id: '1', conversationId: channel, guildId: undefined, asker: { id: ana, name: 'Ana' }, askedAt: 0, text: 'hello', isShared: false, ...question };
  return (await whoMayAsk.refusalOf(asked)) ?? 'allowed';
};

describe('what whoever runs the bot forbids', () => {
  const guest = (guildId: string | undefined, roleIds: readonly string[] | undefined): Partial<Question> => ({ guildId, by: { id: ana, roleIds: () => roleIds, isGuest: true } });
  const guests = { servers: [], members: [ana] };

  it.each([
    ['a channel', elsewhere, { channels: [channel] }, 'place-forbidden'],
    ['a group of friends', undefined, { channels: [channel] }, 'place-forbidden'],
    ['a server', elsewhere, { servers: [elsewhere] }, 'server'],
    ['a role', elsewhere, { roles: [role] }, 'role-forbidden'],
    ['everyone on a server', elsewhere, { roles: [elsewhere] }, 'role-forbidden'],
    ['somebody', undefined, { members: [ana] }, 'member-forbidden'],
  ])('holds where the bot itself is not, too: %s', async (_what, guildId, forbidden, rule) => {
    expect(await may({ forbidden, guests }, guest(guildId, [role]))).toMatchObject({ rule, from: 'bot' });
    expect(await may({ guests }, guest(guildId, [role]))).toBe('allowed');
  });

  it('asks nobody there to be among those who are allowed where the bot is', async () => {
    expect(await may({ allowed: { servers: [server], channels: [server], members: [server] }, guests }, guest(elsewhere, undefined))).toBe('allowed');
  });

  it.each([
    ['allowed by name', { allowed: { members: [ana] } }],
    ['named among guests', { guests: { servers: [], members: [ana] } }],
  ])('a role that is forbidden is no way to ask directly, for somebody %s either', async (_how, rules) => {
    expect(await may({ ...rules, forbidden: { roles: [role] }, roleIds: [role] }, {})).toMatchObject({ rule: 'role-forbidden', from: 'bot' });
    expect(await may({ ...rules, forbidden: { roles: [role] } }, {})).toBe('allowed');
  });
});
