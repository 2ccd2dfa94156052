import { PermissionFlagsBits, PermissionsBitField } from 'discord.js';

/** What Parley uses, by the names that Discord shows. */
const USED = [
  [PermissionFlagsBits.ViewChannel, 'View Channels'],
  [PermissionFlagsBits.SendMessages, 'Send Messages'],
  [PermissionFlagsBits.SendMessagesInThreads, 'Send Messages in Threads'],
  [PermissionFlagsBits.ReadMessageHistory, 'Read Message History'],
  [PermissionFlagsBits.AttachFiles, 'Attach Files'],
] as const;
/** What it uses where admins want answers in threads of their own. */
const FOR_THREADS = [[PermissionFlagsBits.CreatePublicThreads, 'Create Public Threads']] as const;
/** What it does without where it is missing: a sign below a question that is refused. */
const USEFUL = [PermissionFlagsBits.AddReactions] as const;

/** The names of what is missing. An administrator has everything. @param wantsThreads whether answers are to get threads of their own */
export const missingPermissions = (permissions: bigint, wantsThreads: boolean): readonly string[] => {
  const held = new PermissionsBitField(permissions);
  return [...USED, ...(wantsThreads ? FOR_THREADS : [])].filter(([bit]) => !held.has(bit)).map(([, name]) => name);
};

/** Where an admin invites the bot with exactly what it uses. */
export const inviteUrl = (applicationId: string): string => {
  const permissions = [...[...USED, ...FOR_THREADS].map(([bit]) => bit), ...USEFUL].reduce((sum, bit) => sum | bit, 0n);
  return `https://discord.com/oauth2/authorize?client_id=${applicationId}&scope=bot+applications.commands&permissions=${permissions}`;
};
