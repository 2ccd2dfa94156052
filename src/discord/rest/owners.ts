import { Routes, TeamMemberMembershipState } from 'discord.js';
import type { APIApplication, REST } from 'discord.js';

/** Who may do everything, and who is told when something needs a hand. */
export interface Owners {
  includes(userId: string): Promise<boolean>;
  /** Who is written to; of a team, its owner alone. */
  contacts(): Promise<readonly string[]>;
}

interface Found {
  readonly everybody: ReadonlySet<string>;
  readonly contacts: readonly string[];
}

/** A team's application has the team itself for its owner, as a user that nobody can write to. */
const ownersOf = ({ owner, team }: APIApplication): Found => {
  if (team === null || team === undefined) {
    const ids = owner === undefined ? [] : [owner.id];
    return { everybody: new Set(ids), contacts: ids };
  }
  const accepted = team.members.filter(({ membership_state: state }) => state === TeamMemberMembershipState.Accepted);
  return { everybody: new Set([team.owner_user_id, ...accepted.map(({ user }) => user.id)]), contacts: [team.owner_user_id] };
};

/** @param ownerIds instead of the application's owner, or the members of its team */
export const createOwners = (rest: REST, ownerIds: readonly string[]): Owners => {
  let found: Promise<Found> | undefined;
  const find = async (): Promise<Found> => {
    if (ownerIds.length > 0) return { everybody: new Set(ownerIds), contacts: ownerIds };
    return ownersOf((await rest.get(Routes.currentApplication())) as APIApplication);
  };
  const once = async (): Promise<Found> => {
    try {
      return await (found ??= find());
    } catch (error) {
      found = undefined;
      throw error;
    }
  };
  return {
    includes: async (userId) => (await once()).everybody.has(userId),
    contacts: async () => (await once()).contacts,
  };
};
