import { NO_LISTS, asksForRoles, restricts, rulingOfOperator, rulingOn, rulingOnPerson } from './access.ts';
import type { AdmissionCheck, Refusal } from '../conversation/admission.ts';
import type { Question } from '../conversation/question.ts';
import type { AskingPlace, OperatorAccess, Ruling } from './access.ts';
import type { Standing } from './cascade.ts';
import type { Policy } from './settings-for.ts';

/** Whose direct messages are answered: everybody's, those of people who may ask on some server of the bot's, or nobody's. */
export type DirectMessages = 'everybody' | 'members' | 'nobody';

/** Who may ask by the app that is installed to their own account, where the bot itself is not: nobody else. */
export interface Guests {
  /** Members of these servers who may ask there. */
  readonly servers: readonly string[];
  readonly members: readonly string[];
}

/** What is to be known of people; nothing of it rejects. */
export interface Memberships {
  /** The ids of somebody's roles on a server; undefined where they are not on it, or nobody can tell. @param isHurried it has to be known soon */
  rolesOf(guildId: string, userId: string, isHurried: boolean): Promise<readonly string[] | undefined>;
  /** Whether somebody is on one of these servers with such roles. */
  isAnywhere(userId: string, guildIds: readonly string[], isHurried: boolean, may: (guildId: string, roleIds: readonly string[]) => boolean): Promise<boolean>;
  /** The servers that the bot is on. */
  serverIds(): readonly string[];
}

export interface WhoMayAskOptions {
  readonly policy: Pick<Policy, 'chainFor' | 'chainAt' | 'channelOf'>;
  readonly operator: OperatorAccess;
  readonly direct: DirectMessages;
  readonly guests: Guests;
  readonly memberships: Memberships;
  /** Whether somebody surely is one of the bot's owners, who may always ask. Never rejects. */
  readonly isOwner: (userId: string) => Promise<boolean>;
}

export interface WhoMayAsk extends AdmissionCheck {
  /** Why somebody might not ask on a server, with their roles there; undefined where they might. */
  rulingFor(place: AskingPlace, userId: string, roleIds: readonly string[]): Promise<Ruling | undefined>;
}

const saysNothing = ({ allowed, forbidden }: OperatorAccess): boolean => [allowed, forbidden].every((lists) => Object.values(lists).every(({ length }) => length === 0));

/** Decides who may ask: of what admins have set from memory, where nothing is unknown of whoever asks. */
export const createWhoMayAsk = ({ policy, operator, direct, guests, memberships, isOwner }: WhoMayAskOptions): WhoMayAsk => {
  const isOpen = saysNothing(operator);
  /** What holds everywhere, also where the bot itself is not. */
  const forbids: OperatorAccess = { allowed: NO_LISTS, forbidden: operator.forbidden };
  const known = new WeakMap<readonly Standing[], boolean>();
  const restrictsAnybody = (chain: readonly Standing[]): boolean => {
    const found = known.get(chain) ?? restricts(chain);
    known.set(chain, found);
    return found;
  };

  const unlessOwner = async (userId: string, ruling: Ruling | undefined): Promise<Ruling | undefined> => (ruling === undefined || (await isOwner(userId)) ? undefined : ruling);

  /** Whether somebody may ask on one of these servers, as far as no channel is in question. */
  const mayAskOn = (userId: string, guildIds: readonly string[], isHurried: boolean): Promise<boolean> =>
    memberships.isAnywhere(userId, guildIds, isHurried, (guildId, roleIds) => rulingOn(operator, policy.chainAt(guildId, {}), { guildId }, { id: userId, roleIds }) === undefined);

  /** Of somebody who is named, nothing else would ask for their roles. */
  const hasForbiddenRole = (userId: string, isHurried: boolean): Promise<boolean> =>
    memberships.isAnywhere(userId, memberships.serverIds(), isHurried, (guildId, roleIds) => rulingOnPerson(forbids, { id: userId, roleIds }, guildId) !== undefined);

  const rulingDirectly = async (userId: string, isHurried: boolean): Promise<Ruling | undefined> => {
    if (direct === 'nobody') return { rule: 'direct-off', from: 'bot' };
    const { allowed, forbidden } = operator;
    if (forbidden.members.includes(userId)) return rulingOnPerson(operator, { id: userId, roleIds: [] }, undefined);
    const isNamed = allowed.members.includes(userId) || guests.members.includes(userId);
    if (isNamed && forbidden.roles.length > 0 && (await hasForbiddenRole(userId, isHurried))) return { rule: 'role-forbidden', from: 'bot' };
    const isKnown = allowed.members.includes(userId) || (allowed.members.length === 0 && !asksForRoles(operator, []));
    if (direct === 'everybody' && isKnown) return undefined;
    // Whoever may ask everywhere else may do so here.
    if (guests.members.includes(userId) || (await mayAskOn(userId, memberships.serverIds(), isHurried))) return undefined;
    return { rule: 'direct-strangers', from: 'bot' };
  };

  const rulingOnGuest = async (userId: string, question: Question): Promise<Ruling | undefined> => {
    const { guildId = '', by } = question;
    if (guests.members.length + guests.servers.length === 0) return { rule: 'guests-off', from: 'bot' };
    const forbidden = rulingOfOperator(forbids, { guildId, ...policy.channelOf(question) }) ?? rulingOnPerson(forbids, { id: userId, roleIds: by?.roleIds() ?? [] }, guildId);
    if (forbidden !== undefined) return forbidden;
    if (guests.members.includes(userId)) return undefined;
    const named = memberships.serverIds().filter((id) => guests.servers.includes(id));
    return (await mayAskOn(userId, named, true)) ? undefined : { rule: 'guest-stranger', from: 'bot' };
  };

  const toRefusal = (ruling: Ruling | undefined): Refusal | undefined => ruling && { reason: 'access', ...ruling };

  const judge = async (place: AskingPlace, chain: readonly Standing[], { asker, by }: Question): Promise<Refusal | undefined> => {
    const id = by?.id ?? asker.id;
    const wanted = asksForRoles(operator, chain);
    const roleIds = wanted ? (by?.roleIds() ?? (await memberships.rolesOf(place.guildId, id, by?.isHurried === true)) ?? []) : [];
    return toRefusal(await unlessOwner(id, rulingOn(operator, chain, place, { id, roleIds })));
  };

  /** The same at once, where all of it is known and nothing is refused. */
  const isAllowedAtOnce = (place: AskingPlace, chain: readonly Standing[], { asker, by }: Question): boolean => {
    const roleIds = asksForRoles(operator, chain) ? by?.roleIds() : [];
    return roleIds !== undefined && rulingOn(operator, chain, place, { id: by?.id ?? asker.id, roleIds }) === undefined;
  };

  return {
    of: 'everything',
    rulingFor: (place, userId, roleIds) => unlessOwner(userId, rulingOn(operator, policy.chainAt(place.guildId, place), place, { id: userId, roleIds })),
    refusalOf: (question) => {
      const { guildId, asker, by } = question;
      const userId = by?.id ?? asker.id;
      const unlessTheirs = async (ruling: Promise<Ruling | undefined>): Promise<Refusal | undefined> => toRefusal(await unlessOwner(userId, await ruling));
      if (by?.isGuest === true) {
        const asked = unlessTheirs(rulingOnGuest(userId, question));
        // What managers of a server forbid is not to be had by another door.
        const isMember = guildId !== undefined && memberships.serverIds().includes(guildId);
        return isMember ? asked.then((refusal) => refusal ?? judge({ guildId, ...policy.channelOf(question) }, policy.chainFor(question), question)) : asked;
      }
      if (guildId === undefined) return direct === 'everybody' && isOpen ? undefined : unlessTheirs(rulingDirectly(userId, by?.isHurried === true));
      const chain = policy.chainFor(question);
      if (isOpen && !restrictsAnybody(chain)) return undefined;
      const place = { guildId, ...policy.channelOf(question) };
      return isAllowedAtOnce(place, chain, question) ? undefined : judge(place, chain, question);
    },
  };
};
