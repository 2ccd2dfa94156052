import { asksForRoles, restricts, rulingOn, rulingOnPerson } from './access.ts';
import type { AdmissionCheck, Refusal } from '../conversation/admission.ts';
import type { Question } from '../conversation/question.ts';
import type { AskingPlace, OperatorAccess, Ruling } from './access.ts';
import type { Standing } from './cascade.ts';
import type { Policy } from './settings-for.ts';

/** Whose direct messages are answered: everybody's, those of people who may ask on some server of the bot's, or nobody's. */
export type DirectMessages = 'everybody' | 'members' | 'nobody';

/** What is to be known of people; neither rejects. */
export interface Memberships {
  /** The ids of somebody's roles on a server; undefined where they are not on it, or nobody can tell. */
  rolesOf(guildId: string, userId: string): Promise<readonly string[] | undefined>;
  /** The servers that the bot is on. */
  serverIds(): readonly string[];
}

export interface WhoMayAskOptions {
  readonly policy: Pick<Policy, 'chainFor' | 'chainAt' | 'channelOf'>;
  readonly operator: OperatorAccess;
  readonly direct: DirectMessages;
  readonly memberships: Memberships;
  /** Whether somebody surely is one of the bot's owners, who may always ask. Never rejects. */
  readonly isOwner: (userId: string) => Promise<boolean>;
}

export interface WhoMayAsk extends AdmissionCheck {
  /** Why somebody might not ask on a server, with their roles there; undefined where they might. */
  rulingFor(place: AskingPlace, userId: string, roleIds: readonly string[]): Promise<Ruling | undefined>;
  /** Why somebody might not ask directly. */
  rulingDirectly(userId: string): Promise<Ruling | undefined>;
}

/** Servers on which somebody who writes directly is looked for, one after the other. */
const MOST_SERVERS = 100;

const saysNothing = ({ allowed, forbidden }: OperatorAccess): boolean => [allowed, forbidden].every((lists) => Object.values(lists).every(({ length }) => length === 0));

/** Decides who may ask: of what admins have set from memory, where nothing is unknown of whoever asks. */
export const createWhoMayAsk = ({ policy, operator, direct, memberships, isOwner }: WhoMayAskOptions): WhoMayAsk => {
  const isOpen = saysNothing(operator);
  const known = new WeakMap<readonly Standing[], boolean>();
  const restrictsAnybody = (chain: readonly Standing[]): boolean => {
    const found = known.get(chain) ?? restricts(chain);
    known.set(chain, found);
    return found;
  };

  const unlessOwner = async (userId: string, ruling: Ruling | undefined): Promise<Ruling | undefined> => (ruling === undefined || (await isOwner(userId)) ? undefined : ruling);

  const rulingDirectly = async (userId: string): Promise<Ruling | undefined> => {
    if (direct === 'nobody') return { rule: 'direct-off', from: 'bot' };
    const { allowed, forbidden } = operator;
    if (forbidden.members.includes(userId)) return rulingOnPerson(operator, { id: userId, roleIds: [] }, undefined);
    const isKnown = allowed.members.includes(userId) || (allowed.members.length === 0 && !asksForRoles(operator, []));
    if (direct === 'everybody' && isKnown) return undefined;
    for (const guildId of memberships.serverIds().slice(0, MOST_SERVERS)) {
      const roleIds = await memberships.rolesOf(guildId, userId);
      if (roleIds !== undefined && rulingOn(operator, policy.chainAt(guildId, {}), { guildId }, { id: userId, roleIds }) === undefined) return undefined;
    }
    return { rule: 'direct-strangers', from: 'bot' };
  };

  const toRefusal = (ruling: Ruling | undefined): Refusal | undefined => ruling && { reason: 'access', ...ruling };

  const judge = async (place: AskingPlace, chain: readonly Standing[], { asker, by }: Question): Promise<Refusal | undefined> => {
    const id = by?.id ?? asker.id;
    const wanted = asksForRoles(operator, chain);
    const roleIds = wanted ? (by?.roleIds() ?? (await memberships.rolesOf(place.guildId, id)) ?? []) : [];
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
    rulingDirectly: async (userId) => unlessOwner(userId, await rulingDirectly(userId)),
    refusalOf: (question) => {
      const { guildId, asker, by } = question;
      if (guildId === undefined) {
        if (direct === 'everybody' && isOpen) return undefined;
        const userId = by?.id ?? asker.id;
        return rulingDirectly(userId).then((ruling) => unlessOwner(userId, ruling)).then(toRefusal);
      }
      const chain = policy.chainFor(question);
      if (isOpen && !restrictsAnybody(chain)) return undefined;
      const place = { guildId, ...policy.channelOf(question) };
      return isAllowedAtOnce(place, chain, question) ? undefined : judge(place, chain, question);
    },
  };
};
