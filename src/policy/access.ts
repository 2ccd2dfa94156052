import { idsOf } from './settings-tree.ts';
import type { AccessRule, RuleLevel } from '../conversation/admission.ts';
import type { Standing } from './cascade.ts';
import type { Values } from './settings-tree.ts';
import type { ChannelPlace } from './server-settings.ts';

/** What decides that somebody may not ask, and at which level it stands. */
export interface Ruling {
  readonly rule: AccessRule;
  readonly from: RuleLevel;
}

/** Lists of ids. Empty: nothing is said. */
export interface AccessLists {
  readonly servers: readonly string[];
  /** Of channels, and of categories for all channels in them. */
  readonly channels: readonly string[];
  readonly roles: readonly string[];
  readonly members: readonly string[];
}

/** What whoever runs the bot allows and forbids: what is not among something that is allowed is forbidden, whatever servers decide. */
export interface OperatorAccess {
  readonly allowed: AccessLists;
  readonly forbidden: AccessLists;
}

export const NO_LISTS: AccessLists = { servers: [], channels: [], roles: [], members: [] };

/** Somebody on a server. */
export interface Asker {
  readonly id: string;
  readonly roleIds: readonly string[];
}

export interface AskingPlace extends Partial<ChannelPlace> {
  readonly guildId: string;
}

type Listed = ReadonlySet<string>;
const LIST_KEYS = ['allowedRoles', 'allowedMembers', 'forbiddenRoles', 'forbiddenMembers'] as const;
type Lists = Readonly<Record<(typeof LIST_KEYS)[number], Listed>>;

/** Whether anything that admins have set in a chain says who may ask. */
export const restricts = (chain: readonly Standing[]): boolean => chain.some(({ level, values }) => level !== 'bot' && (values.questions !== undefined || LIST_KEYS.some((key) => values[key] !== undefined)));

/** Whether it depends on somebody's roles. */
export const asksForRoles = ({ allowed, forbidden }: OperatorAccess, chain: readonly Standing[]): boolean =>
  allowed.roles.length > 0 || forbidden.roles.length > 0 || chain.some(({ values }) => values.allowedRoles !== undefined || values.forbiddenRoles !== undefined);

/** A server's own id is the role that everybody has. */
const hasOneOf = ({ roleIds }: Pick<Asker, 'roleIds'>, guildId: string | undefined, listed: Listed): boolean =>
  listed.size > 0 && ((guildId !== undefined && listed.has(guildId)) || roleIds.some((id) => listed.has(id)));

/** What stands at a place is the same for many questions. */
const known = new WeakMap<Values, Lists>();
const listsIn = (values: Values): Lists => {
  let lists = known.get(values);
  if (lists === undefined) {
    const of = (key: (typeof LIST_KEYS)[number]): Listed => new Set(idsOf(values[key]));
    lists = { allowedRoles: of('allowedRoles'), allowedMembers: of('allowedMembers'), forbiddenRoles: of('forbiddenRoles'), forbiddenMembers: of('forbiddenMembers') };
    known.set(values, lists);
  }
  return lists;
};

/** What whoever runs the bot says of a place. */
export const rulingOfOperator = ({ allowed, forbidden }: OperatorAccess, { guildId, categoryId, channelId }: AskingPlace): Ruling | undefined => {
  const isIn = ({ channels }: AccessLists): boolean => channels.some((id) => id === channelId || id === categoryId);
  if (forbidden.servers.includes(guildId) || (allowed.servers.length > 0 && !allowed.servers.includes(guildId))) return { rule: 'server', from: 'bot' };
  // Of a whole server, no channel is in question.
  if (channelId === undefined) return undefined;
  return isIn(forbidden) || (allowed.channels.length > 0 && !isIn(allowed)) ? { rule: 'place-forbidden', from: 'bot' } : undefined;
};

/** What whoever runs the bot says of somebody, wherever they ask. */
export const rulingOnPerson = ({ allowed, forbidden }: OperatorAccess, asker: Asker, guildId: string | undefined): Ruling | undefined => {
  if (forbidden.members.includes(asker.id)) return { rule: 'member-forbidden', from: 'bot' };
  if (hasOneOf(asker, guildId, new Set(forbidden.roles))) return { rule: 'role-forbidden', from: 'bot' };
  const isListed = allowed.members.includes(asker.id) || hasOneOf(asker, guildId, new Set(allowed.roles));
  return allowed.members.length + allowed.roles.length > 0 && !isListed ? { rule: 'not-listed', from: 'bot' } : undefined;
};

/** What forbids at any level, the widest first. */
const forbidding = (chain: readonly Standing[], asker: Asker, guildId: string): Ruling | undefined => {
  for (const { level: from, values } of chain) {
    if (values.questions === 'forbidden') return { rule: 'place-forbidden', from };
    const { forbiddenMembers, forbiddenRoles } = listsIn(values);
    if (forbiddenMembers.has(asker.id)) return { rule: 'member-forbidden', from };
    if (hasOneOf(asker, guildId, forbiddenRoles)) return { rule: 'role-forbidden', from };
  }
  return undefined;
};

const SPECIFIC = ['bot', 'server', 'category', 'channel'] as const;

/** What nothing permits: of each setting the most specific value holds. */
const notPermitting = (chain: readonly Standing[], asker: Asker, guildId: string): Ruling | undefined => {
  const questions = chain.findLast(({ values }) => values.questions !== undefined);
  if (questions?.values.questions === 'off') return { rule: 'place-off', from: questions.level };
  const roles = chain.findLast(({ values }) => values.allowedRoles !== undefined);
  const members = chain.findLast(({ values }) => values.allowedMembers !== undefined);
  if (roles === undefined && members === undefined) return undefined;
  if (roles !== undefined && hasOneOf(asker, guildId, listsIn(roles.values).allowedRoles)) return undefined;
  if (members !== undefined && listsIn(members.values).allowedMembers.has(asker.id)) return undefined;
  const from = SPECIFIC.findLast((level) => level === roles?.level || level === members?.level) ?? 'bot';
  return { rule: 'not-listed', from };
};

/**
 * Why somebody may not ask on a server; undefined where they may. What forbids holds at whichever level it stands; of what permits, the
 * most specific value of each setting holds; and there are no other rules.
 */
export const rulingOn = (operator: OperatorAccess, chain: readonly Standing[], place: AskingPlace, asker: Asker): Ruling | undefined =>
  rulingOfOperator(operator, place) ??
  rulingOnPerson(operator, asker, place.guildId) ??
  forbidding(chain, asker, place.guildId) ??
  notPermitting(chain, asker, place.guildId);
