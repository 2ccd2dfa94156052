import { GuildMember, PermissionFlagsBits } from 'discord.js';
import { tell } from '../rest/respond.ts';
import { settingOf } from '../../policy/settings-tree.ts';
import { keysAt } from './settings-panel.ts';
import { ONLY_ON_SERVERS_TEXT, PLACE_GONE_TEXT, WHY_OBSTACLES, WHY_OTHERS_TEXT, settingText, whyText } from '../texts/settings-texts.ts';
import { limitObstacle, standingTexts } from '../texts/limit-standing-texts.ts';
import type { ChatInputCommandInteraction, GuildChannel, ThreadChannel } from 'discord.js';
import type { KeptChannels } from '../gateway/kept-channels.ts';
import { whyNotText } from '../texts/refusal-texts.ts';
import type { LimitsLook } from '../../policy/limits-look.ts';
import type { Policy } from '../../policy/settings-for.ts';
import type { WhoMayAsk } from '../../policy/who-may-ask.ts';
import type { FindManager } from './managers.ts';
import type { ServerPlaces } from './server-places.ts';

export interface WhyCommandDependencies {
  readonly policy: Pick<Policy, 'valuesAt'>;
  readonly whoMayAsk: Pick<WhoMayAsk, 'rulingFor'>;
  readonly modelName: (id: string) => string | undefined;
  readonly channels: Pick<KeptChannels, 'open'>;
  readonly places: ServerPlaces;
  readonly findManager: FindManager;
  readonly limits: LimitsLook;
}

const sees = (channel: GuildChannel | ThreadChannel, member: GuildMember): boolean =>
  channel.permissionsFor(member).has([PermissionFlagsBits.ViewChannel]);

/** Why no question would be answered there; undefined where one would. */
const obstacleOf = (channel: GuildChannel | ThreadChannel, member: GuildMember | undefined): string | undefined => {
  if (member !== undefined && !sees(channel, member)) return WHY_OBSTACLES.memberBlind;
  const { me } = channel.guild.members;
  if (me === null) return undefined;
  const own = channel.permissionsFor(me);
  if (!own.has(PermissionFlagsBits.ViewChannel)) return WHY_OBSTACLES.botBlind;
  return own.has(channel.isThread() ? PermissionFlagsBits.SendMessagesInThreads : PermissionFlagsBits.SendMessages) ? undefined : WHY_OBSTACLES.botMute;
};

/** `/why`: what would become of somebody's question in a channel, and which setting decides that. Only the asker sees it. */
export const createWhyCommand =
  ({ policy, whoMayAsk, modelName, channels, places, findManager, limits }: WhyCommandDependencies) =>
  async (interaction: ChatInputCommandInteraction): Promise<void> => {
    const { guildId, user, options } = interaction;
    if (guildId === null) return tell(interaction, ONLY_ON_SERVERS_TEXT);
    const who = options.getUser('member') ?? user;
    const isManager = (await findManager(interaction)) !== undefined;
    if (who.id !== user.id && !isManager) return tell(interaction, WHY_OTHERS_TEXT);
    const channelId = options.getChannel('channel')?.id ?? interaction.channelId;
    const channel = channels.open(channelId);
    const place = places.placeOf(guildId, channelId);
    if (channel === undefined || channel.isDMBased() || place === undefined) return tell(interaction, PLACE_GONE_TEXT);
    const asker = interaction.member instanceof GuildMember ? interaction.member : undefined;
    // What somebody cannot see is not told of.
    if (!isManager && asker !== undefined && !sees(channel, asker)) return tell(interaction, PLACE_GONE_TEXT);
    const found = options.getMember('member');
    const member = who.id === user.id ? asker : found instanceof GuildMember ? found : undefined;
    const chainPlace = places.chainPlace(place);
    const values = policy.valuesAt(guildId, chainPlace);
    const roleIds = member === undefined ? [] : [...member.roles.cache.keys()];
    const ruling = await whoMayAsk.rulingFor({ guildId, ...chainPlace }, who.id, roleIds);
    const standing = await limits({ guildId, ...chainPlace, userId: who.id, hasRole: (roleId) => roleIds.includes(roleId) });
    const obstacle = obstacleOf(channel, member) ?? (ruling && whyNotText(ruling.rule, ruling.from)) ?? limitObstacle(standing);
    // Of who may ask, what nobody has set is not worth a line; and limits say more by themselves.
    const told = keysAt(place).filter((key) => key !== 'limits' && (settingOf(key).group !== 'asking' || (values[key]?.from ?? 'bot') !== 'bot'));
    // The model first, then what is left: a message may not hold all of it.
    const lines = told.map((key) => settingText(key, values[key]?.value, values[key]?.from ?? 'bot', modelName));
    return tell(interaction, whyText(who.id, channelId, obstacle, [...lines.slice(0, 1), ...standingTexts(standing, modelName), ...lines.slice(1)]));
  };
