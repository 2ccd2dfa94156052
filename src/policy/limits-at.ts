import { sortOf } from './limit.ts';
import type { Standing } from './cascade.ts';
import type { Limit } from './limit.ts';
import type { ChannelPlace } from './server-settings.ts';

/** A limit that holds for somebody at a place, with where it stands and the account in which it counts. */
export interface LimitRule {
  readonly limit: Limit;
  readonly from: Standing['level'];
  readonly account: string;
}

/** Who asks, and where. */
export interface LimitAsker extends Partial<ChannelPlace> {
  readonly guildId: string | undefined;
  readonly userId: string;
  readonly hasRole: (roleId: string) => boolean;
}

/** What is said at one level. */
export interface StandingLimits {
  readonly level: Standing['level'];
  readonly limits: readonly Limit[];
}

/** A limit counts what is asked where it stands. */
const placeOf = (level: Standing['level'], { guildId = '', categoryId = '', channelId = '' }: LimitAsker): string =>
  ({ bot: 'bot', server: `s${guildId}`, category: `c${categoryId}`, channel: `c${channelId}` })[level];

const accountOf = (limit: Limit, level: Standing['level'], asker: LimitAsker): string => {
  switch (limit.per) {
    case 'member':
    case 'role':
      return `m${asker.userId}@${placeOf(level, asker)}`;
    case 'channel':
      return placeOf('channel', asker);
    case 'server':
      return placeOf('server', asker);
    case 'bot':
      return 'bot';
  }
};

const applies = ({ per, roleId }: Limit, { guildId, channelId, hasRole }: LimitAsker): boolean => {
  if (per === 'role') return roleId !== undefined && hasRole(roleId);
  if (per === 'server') return guildId !== undefined;
  return per !== 'channel' || (guildId !== undefined && channelId !== undefined);
};

/** Members' limits and those of their roles are about the same questions. */
const subjectOf = ({ per }: Limit): string => (per === 'role' ? 'member' : per);

/** Of those at one level the best of one's roles, and the member's where they have none. */
const best = (limits: readonly Limit[]): Limit | undefined =>
  limits.reduce<Limit | undefined>((chosen, limit) => {
    if (chosen === undefined || (chosen.per !== 'role' && limit.per === 'role')) return limit;
    return limit.per === chosen.per && limit.most > chosen.most ? limit : chosen;
  }, undefined);

/**
 * The limits that hold: of each sort the one at the most specific place. What the environment says (`LIMITS`) holds beside it,
 * whatever servers decide.
 * @param defaults hold only where nobody has said anything of the sort
 */
export const limitsAt = (standing: readonly StandingLimits[], asker: LimitAsker, defaults: readonly Limit[] = []): readonly LimitRule[] => {
  const rules: LimitRule[] = [];
  const decided = new Set<string>();
  const add = (level: Standing['level'], limits: readonly Limit[], isReplaced: boolean): void => {
    const bySort = Map.groupBy(limits.filter((limit) => applies(limit, asker)), (limit) => `${subjectOf(limit)}/${sortOf(limit)}`);
    for (const [sort, group] of bySort) {
      const limit = best(group);
      if (limit === undefined || (isReplaced && decided.has(sort))) continue;
      decided.add(sort);
      if (limit.most !== Infinity) rules.push({ limit, from: level, account: accountOf(limit, level, asker) });
    }
  };
  for (const { level, limits } of standing.toReversed()) add(level, limits, level !== 'bot');
  add('bot', defaults, true);
  return rules;
};
