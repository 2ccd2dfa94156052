import { describe, expect, it } from 'vitest';
import { goneIn } from '../../src/policy/gone-values.ts';
import type { ServerSettings } from '../../src/policy/server-settings.ts';

const [ROLE, LOST_ROLE, CHANNEL, LOST_CHANNEL, CATEGORY] = ['100000000000000001', '100000000000000002', '100000000000000003', '100000000000000004', '100000000000000005'] as const;
const look = (settings: Partial<ServerSettings>) =>
  goneIn(
    { server: {}, categories: {}, channels: {}, ...settings },
    {
      hasRole: (id) => id === ROLE,
      hasPlace: (level, id) => (level === 'channel' ? id === CHANNEL : id === CATEGORY),
      modelProblem: async (id) => (id === 'here' ? undefined : 'is not among those that can be called'),
    },
  );

describe('what settings name that is gone', () => {
  it.each<[string, Partial<ServerSettings>, readonly string[]]>([
    ['nothing at all', {}, []],
    ['only what is there', { server: { model: 'here', managerRole: ROLE, allowedRoles: ROLE }, channels: { [CHANNEL]: { model: 'here' } }, categories: { [CATEGORY]: { footer: 'off' } } }, []],
    ['the role of the managers', { server: { managerRole: LOST_ROLE } }, [`managerRole of the whole server names the role ${LOST_ROLE}, which is gone.`]],
    ['one of several roles', { server: { forbiddenRoles: `${ROLE} ${LOST_ROLE}` } }, [`forbiddenRoles of the whole server names the role ${LOST_ROLE}, which is gone.`]],
    ['a model of a channel', { channels: { [CHANNEL]: { model: 'lost' } } }, [`model of the channel ${CHANNEL} names the model lost, which is not among those that can be called.`]],
    [
      'a role and a model of limits, each once',
      { categories: { [CATEGORY]: { limits: `role ${LOST_ROLE}: 5 questions an hour\nrole ${LOST_ROLE}: 9 questions a day\nmember: $1 a day, then use lost` } } },
      [`limits of the category ${CATEGORY} names the role ${LOST_ROLE}, which is gone.`, `limits of the category ${CATEGORY} names the model lost, which is not among those that can be called.`],
    ],
    ['a channel, of which nothing else is said', { channels: { [LOST_CHANNEL]: { model: 'lost' } } }, [`the channel ${LOST_CHANNEL} has settings, and is gone.`]],
    ['a category that is a channel now', { categories: { [CHANNEL]: { footer: 'off' } } }, [`the category ${CHANNEL} has settings, and is gone.`]],
    ['what only a later Parley knows', { server: { later: LOST_ROLE, model: 7, limits: 'nonsense' } }, []],
  ])('is told: %s', async (_what, settings, expected) => {
    expect(await look(settings)).toEqual(expected);
  });
});
