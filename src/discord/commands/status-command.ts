import { PermissionFlagsBits } from 'discord.js';
import { inviteUrl, missingPermissions } from '../rest/permissions.ts';
import { isKnownOwner } from '../rest/owners.ts';
import { announce, tell } from '../rest/respond.ts';
import { inspectionText, inviteText, statusText } from '../texts/status-texts.ts';
import { STATUS_WORDS } from '../texts/command-texts.ts';
import type { ChatInputCommandInteraction } from 'discord.js';
import type { Question } from '../../conversation/question.ts';
import type { Threads } from '../../conversation/threading.ts';
import type { Finding } from '../../operations/finding.ts';
import type { Owners } from '../rest/owners.ts';
import type { Status } from '../texts/status-texts.ts';
import type { Command } from '../intake/on-interaction.ts';

export interface StatusCommandOptions {
  /** Of the whole bot. */
  readonly status: () => Omit<Status, 'modelName'>;
  /** What people call the model that answers there; undefined where nobody knows. */
  readonly modelNameIn: (place: Pick<Question, 'guildId' | 'conversationId'>) => string | undefined;
  /** Which questions get threads of their own there. */
  readonly threadsIn: (place: Pick<Question, 'guildId' | 'conversationId'>) => Threads;
  /** Looks at everything; takes some seconds. */
  readonly inspect: (isOwner: boolean) => Promise<readonly Finding[]>;
  readonly owners: Owners;
  /** What settings of a server name that is gone; of all servers the other look tells. */
  readonly goneOn: (guildId: string) => Promise<readonly Finding[]>;
  /** What was used today, and the limits in force. */
  readonly standingToday: (interaction: ChatInputCommandInteraction) => Promise<readonly Finding[]>;
}

/** What is missing in the very channel: Discord says with each interaction what the bot may there. */
const permissionsHere = ({ appPermissions, guildId }: ChatInputCommandInteraction, wantsThreads: boolean): readonly Finding[] => {
  if (guildId === null) return [];
  const missing = missingPermissions(appPermissions.bitfield, wantsThreads);
  const check = 'discord.channel';
  if (missing.length === 0) return [{ check, state: 'good', says: 'All permissions that are needed are there in this channel.' }];
  const says = `In this channel I lack: ${missing.join(', ')}.`;
  return [{ check, state: 'bad', says, cure: "Give it to my role, in the server's settings or in the channel's." }];
};

/** There is not room for everything. */
const todayFirst = (findings: readonly Finding[]): readonly Finding[] => {
  const isOfToday = ({ check }: Finding): number => (check === 'places.today' ? 0 : 1);
  return findings.toSorted((one, other) => isOfToday(one) - isOfToday(other));
};

/** `/status`: how Parley is, for everybody; for admins what the doctor finds. Only the asker sees it. */
export const createStatusCommand = ({ status, modelNameIn, threadsIn, inspect, owners, goneOn, standingToday }: StatusCommandOptions): Command => ({
  definition: { name: 'status', description: STATUS_WORDS.description },
  run: async (interaction) => {
    const { guildId, channelId } = interaction;
    const text = (): string => statusText({ ...status(), modelName: modelNameIn({ guildId: guildId ?? undefined, conversationId: channelId }) });
    const isManager = interaction.memberPermissions?.has(PermissionFlagsBits.ManageGuild) ?? false;
    const isOwner = await isKnownOwner(owners, interaction.user.id);
    if (!isOwner && !isManager) {
      await tell(interaction, text());
      return;
    }
    await announce(interaction);
    const [findings, gone, today] = await Promise.all([
      inspect(isOwner),
      isOwner || guildId === null ? [] : goneOn(guildId).catch(() => []),
      // What keeps the store from being read is among the findings.
      standingToday(interaction).catch(() => []),
    ]);
    const wantsThreads = threadsIn({ guildId: guildId ?? undefined, conversationId: channelId }) !== 'off';
    const foot = inviteText(inviteUrl(interaction.applicationId));
    await tell(interaction, inspectionText(text(), [...permissionsHere(interaction, wantsThreads), ...gone, ...today, ...todayFirst(findings)], foot));
  },
});
