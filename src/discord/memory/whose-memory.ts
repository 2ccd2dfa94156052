import { InteractionContextType, PermissionFlagsBits } from 'discord.js';
import { conversationIn, isGuestOnServer } from '../intake/question-from-interaction.ts';
import { chainsIn, conversationFor } from '../../conversation/scope.ts';
import type { ChatInputCommandInteraction, MessageComponentInteraction } from 'discord.js';
import type { Question } from '../../conversation/question.ts';
import type { Scope } from '../../conversation/scope.ts';
import type { Whose } from '../texts/command-texts.ts';

/** The conversation that a question belongs to which somebody asks here and now. */
export interface Memory {
  readonly whose: Exclude<Whose, 'chain'>;
  /** Where chains of replies are conversations, their common name: a question that replies to nothing begins one. */
  readonly conversationId: string;
}

/** By what somebody asks, and where they are. */
export type Here = ChatInputCommandInteraction | MessageComponentInteraction;

export interface WhoseMemoryOptions {
  /** Answered from memory. */
  readonly scopeIn: (place: Pick<Question, 'guildId' | 'conversationId'>) => Scope;
  readonly isThread: (channelId: string) => boolean;
}

/** @param isPrivate whether what is asked in private is meant */
export type WhoseMemory = (here: Here, isPrivate: boolean) => Memory;

export const createWhoseMemory =
  ({ scopeIn, isThread }: WhoseMemoryOptions): WhoseMemory =>
  (here, isPrivate) => {
    const { channelId, guildId, user } = here;
    if (isPrivate || isGuestOnServer(here)) return { whose: isGuestOnServer(here) ? 'own' : 'private', conversationId: conversationIn(here, true) };
    if (guildId === null && here.context !== InteractionContextType.PrivateChannel) return { whose: 'direct', conversationId: channelId };
    const scope = scopeIn({ guildId: guildId ?? undefined, conversationId: channelId });
    if (scope === 'reply') return { whose: 'chains', conversationId: chainsIn(channelId) };
    const conversationId = conversationFor(scope, { channelId, isThread: isThread(channelId), askerId: user.id, questionId: '' });
    return { whose: conversationId === channelId ? 'shared' : 'own', conversationId };
  };

/**
 * Whether somebody may have a conversation forgotten: one's own everybody may, and what is shared those who manage messages. Where
 * there are no moderators, whoever is there may.
 */
export const mayForget = ({ guildId, memberPermissions }: Here, whose: Whose): boolean =>
  whose === 'private' || whose === 'own' || whose === 'direct' || guildId === null || memberPermissions?.has(PermissionFlagsBits.ManageMessages) === true;
