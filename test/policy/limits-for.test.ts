import { describe, expect, it } from 'vitest';
import { NO_SETTINGS } from '../../src/policy/server-settings.ts';
import { createLimitsFor } from '../../src/policy/limits-for.ts';
import { limitsIn } from '../../src/policy/limit-lines.ts';
import type { AskedBy, Question } from '../../src/conversation/question.ts';
import type { LimitsForOptions } from '../../src/policy/limits-for.ts';

const [GUILD, ROOM, ROLE] = ['100000000000000001', '100000000000000002', '100000000000000003'];

const open = (server: string | undefined, more: Partial<LimitsForOptions> = {}) => {
  const asked: string[] = [];
  let settings = server === undefined ? undefined : { ...NO_SETTINGS, server: { limits: server } };
  let version = 1;
  const limitsFor = createLimitsFor({
    book: {
      get version() {
        return version;
      },
      of: () => settings,
    },
    placeOf: () => undefined,
    own: [],
    guests: [],
    defaults: limitsIn('member: 10 questions a minute'),
    rolesOf: async (_guildId, userId) => {
      asked.push(userId);
      return userId === 'boosted' ? [ROLE] : undefined;
    },
    ...more,
  });
  return {
    asked,
    limitsFor,
    decide: (limits: string) => {
      settings = { ...NO_SETTINGS, server: { limits } };
      version += 1;
    },
  };
};

const question = (id: string, by?: Partial<AskedBy>): Question => ({
  id,
  conversationId: `${ROOM}:7`,
  guildId: GUILD,
  asker: { id: 'ana', name: 'Ana' },
  ...(by === undefined ? {} : { by: { id: 'ana', roleIds: () => undefined, ...by } }),
  askedAt: 0,
  text: 'why?',
  isShared: true,
});

const BY_ROLE = `member: 1 question an hour\nrole ${ROLE}: 5 questions an hour`;

describe('the limits of a question', () => {
  const most = (limitsFor: ReturnType<typeof createLimitsFor>, one: Question): number | undefined => limitsFor.of(one).find(({ limit }) => limit.window === 'hour')?.limit.most;

  it('are those of whoever has it asked, by the roles that came with it, of which nobody else is asked', async () => {
    const { limitsFor, asked } = open(BY_ROLE);
    const boosted = question('a', { id: 'bo', roleIds: () => [ROLE] });
    expect(limitsFor.learnRoles(boosted)).toBeUndefined();
    expect(limitsFor.of(boosted).map(({ account }) => account)).toEqual([`mbo@s${GUILD}`, 'mbo@bot']);
    expect([most(limitsFor, boosted), most(limitsFor, question('b', { roleIds: () => [] })), asked]).toEqual([5, 1, []]);
  });

  it('are those of roles that are looked up where none came with it and limits differ by them', async () => {
    const { limitsFor, asked } = open(BY_ROLE);
    for (const [id, userId, expected] of [['a', 'boosted', 5], ['b', 'stranger', 1]] as const) {
      const one = question(id, { id: userId });
      await limitsFor.learnRoles(one);
      expect(most(limitsFor, one)).toBe(expected);
    }
    expect(asked).toEqual(['boosted', 'stranger']);
    for (const server of [undefined, 'member: 3 questions an hour']) {
      const other = open(server);
      expect([other.limitsFor.learnRoles(question('c', { id: 'boosted' })), other.asked]).toEqual([undefined, []]);
    }
    expect(limitsFor.learnRoles({ ...question('d', { id: 'boosted' }), guildId: undefined })).toBeUndefined();
  });

  it('change with the settings, at once', () => {
    const { limitsFor, decide } = open('member: 3 questions an hour');
    expect(most(limitsFor, question('a'))).toBe(3);
    decide('member: 4 questions an hour');
    expect(most(limitsFor, question('a'))).toBe(4);
  });

  it('are none at all where nobody has said anything', () => {
    const { limitsFor } = open(undefined, { defaults: [] });
    expect([limitsFor.of(question('a')), limitsFor.of({ ...question('b'), guildId: undefined })]).toEqual([[], []]);
  });
});
