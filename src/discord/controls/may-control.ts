import { PermissionFlagsBits } from 'discord.js';
import type { MessageComponentInteraction } from 'discord.js';

/** Whether somebody may use the buttons of an answer: who asked for it, and who moderates the channel. */
export const mayControl = ({ user, memberPermissions }: MessageComponentInteraction, askerId: string): boolean =>
  user.id === askerId || memberPermissions?.has(PermissionFlagsBits.ManageMessages) === true;
