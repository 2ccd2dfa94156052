import { setTimeout as sleep } from 'node:timers/promises';
import { Routes, TeamMemberMembershipState } from 'discord.js';
import { NoDelivery } from './delivery-error.ts';
import type { APIApplication, REST } from 'discord.js';

/** Who may do everything, and who is told when something needs a hand. */
export interface Owners {
  includes(userId: string): Promise<boolean>;
  /** Who is written to; of a team, its owner alone. */
  contacts(): Promise<readonly string[]>;
}

/** Discord waits three seconds for an answer; who is an owner is known long before, or not needed for one. */
const OWNERS_TIMEOUT_MS = 1_000;

/** Whether somebody surely is one: where that cannot be found out in time, nobody is. */
export const isKnownOwner = (owners: Owners, userId: string): Promise<boolean> =>
  Promise.race([owners.includes(userId).catch(() => false), sleep(OWNERS_TIMEOUT_MS, false, { ref: false })]);

const OK = 200;

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
export const createOwners = (application: KnownApplication, ownerIds: readonly string[]): Owners => {
  const find = async (): Promise<Found> =>
    ownerIds.length > 0 ? { everybody: new Set(ownerIds), contacts: ownerIds } : ownersOf(await application());
  return {
    includes: async (userId) => (await find()).everybody.has(userId),
    contacts: async () => (await find()).contacts,
  };
};

/** What Discord says of the application, asked for once; a failure is asked again by whoever wants it next. */
export type KnownApplication = () => Promise<APIApplication>;

export const createKnownApplication = (rest: REST): KnownApplication => {
  let known: Promise<APIApplication> | undefined;
  /** What is kept for good is looked at first. */
  const ask = async (): Promise<APIApplication> => {
    const application = (await rest.get(Routes.currentApplication())) as Partial<APIApplication> | null;
    if (typeof application?.id !== 'string') throw new NoDelivery(OK);
    return application as APIApplication;
  };
  return async () => {
    try {
      return await (known ??= ask());
    } catch (error) {
      known = undefined;
      throw error;
    }
  };
};
