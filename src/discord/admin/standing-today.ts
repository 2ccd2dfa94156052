import { reportedToday } from '../../usage/usage-report.ts';
import { limitsInForce } from '../texts/limit-standing-texts.ts';
import { todayText } from '../texts/usage-texts.ts';
import { rolesOf } from './managers.ts';
import type { ChatInputCommandInteraction } from 'discord.js';
import type { Finding } from '../../operations/finding.ts';
import type { LimitsLook } from '../../policy/limits-look.ts';
import type { ServerPlaces } from './server-places.ts';
import type { UsageParts } from './usage-command.ts';

export interface StandingTodayDependencies extends Pick<UsageParts, 'report' | 'now'> {
  readonly limits: LimitsLook;
  readonly places: Pick<ServerPlaces, 'placeOf' | 'chainPlace'>;
}

/** More of them stand in `/why`. */
const MAX_LIMITS = 4;

/** What was used today on a server, and the limits in force where somebody who manages it asks. */
export const createStandingToday =
  ({ report, now, limits, places }: StandingTodayDependencies) =>
  async (interaction: ChatInputCommandInteraction): Promise<readonly Finding[]> => {
    const { guildId, channelId, user } = interaction;
    // Of all servers together the doctor's look tells the owners.
    if (guildId === null) return [];
    const scope = { is: 'server', guildId } as const;
    const { total } = await reportedToday(report, scope, now());
    const place = places.placeOf(guildId, channelId);
    const roleIds = rolesOf(interaction);
    const standing = await limits({ guildId, ...(place === undefined ? {} : places.chainPlace(place)), userId: user.id, hasRole: (roleId) => roleIds.includes(roleId) });
    const inForce = limitsInForce(standing.slice(0, MAX_LIMITS));
    return [todayText(scope, total), ...(inForce === undefined ? [] : [inForce])].map((says) => ({ check: 'places.today', state: 'good', says }));
  };
