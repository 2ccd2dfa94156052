import { setTimeout as sleep } from 'node:timers/promises';
import { PermissionFlagsBits } from 'discord.js';
import { isKnownOwner } from '../rest/owners.ts';
import { NO_SETTINGS, managerRoleOf } from '../../policy/server-settings.ts';
import type { BaseInteraction } from 'discord.js';
import type { SettingsBook } from '../../policy/settings-book.ts';
import type { ServerSettings } from '../../policy/server-settings.ts';
import type { Doubt } from '../texts/settings-texts.ts';
import type { Owners } from '../rest/owners.ts';

/** By what somebody may change the settings of a server: as an owner of the bot, or by a role alone, that can be taken away in them. */
export type ManagesBy = 'owner' | 'permission' | 'role';

export type FindManager = (interaction: Pick<BaseInteraction, 'guildId' | 'member' | 'memberPermissions' | 'user'>) => Promise<ManagesBy | undefined>;

export const rolesOf = ({ member }: Pick<BaseInteraction, 'member'>): readonly string[] => {
  const roles = member?.roles;
  if (roles === undefined) return [];
  return Array.isArray(roles) ? roles : [...roles.cache.keys()];
};

/** How long what others have decided meanwhile is waited for, in milliseconds: Discord waits three seconds. */
const LOOK_WITHIN_MS = 500;

/** Asked at each press: what somebody was may be over, and another process may know it already. */
export const createFindManager =
  (book: Pick<SettingsBook, 'of' | 'look'>, owners: Owners): FindManager =>
  async (interaction) => {
    const { guildId, memberPermissions, user } = interaction;
    if (guildId === null) return undefined;
    const [isOwner] = await Promise.all([
      isKnownOwner(owners, user.id),
      Promise.race([book.look().catch(() => undefined), sleep(LOOK_WITHIN_MS, undefined, { ref: false })]),
    ]);
    if (isOwner) return 'owner';
    if (memberPermissions?.has(PermissionFlagsBits.ManageGuild) === true) return 'permission';
    const role = managerRoleOf(book.of(guildId) ?? NO_SETTINGS);
    return role !== undefined && rolesOf(interaction).includes(role) ? 'role' : undefined;
  };

const countValues = ({ server, categories, channels }: ServerSettings): number =>
  [server, ...Object.values(categories), ...Object.values(channels)].reduce((sum, values) => sum + Object.keys(values).length, 0);

/** Whether nobody is answered anywhere on the server. */
const isSwitchedOff = ({ server, categories, channels }: ServerSettings): boolean => {
  if (server['questions'] === 'forbidden') return true;
  const isAnyOn = [...Object.values(categories), ...Object.values(channels)].some(({ questions }) => questions === 'allowed');
  return server['questions'] === 'off' && !isAnyOn;
};

/** What somebody should think of before they make of these settings those. */
export const doubtsOf = (before: ServerSettings, after: ServerSettings, by: ManagesBy): readonly Doubt[] => [
  ...(by === 'role' && managerRoleOf(before) !== managerRoleOf(after) ? (['locks-you-out'] as const) : []),
  ...(isSwitchedOff(after) && !isSwitchedOff(before) ? (['switches-off'] as const) : []),
  ...(countValues(after) === 0 && countValues(before) > 1 ? (['clears-all'] as const) : []),
];
