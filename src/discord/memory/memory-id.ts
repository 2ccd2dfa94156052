import { customId } from '../intake/on-interaction.ts';
import { conversationIn } from '../intake/question-from-interaction.ts';
import { conversationFor } from '../../conversation/scope.ts';
import { mayForget } from './whose-memory.ts';
import type { Whose } from '../texts/command-texts.ts';
import type { ToForget } from './forget-here.ts';
import type { Here, Memory, WhoseMemory } from './whose-memory.ts';

/** The kind of the panel's buttons and its select, as it stands in custom ids. */
export const MEMORY = 'memory';

const ACTIONS = ['show', 'forget', 'sure', 'undo', 'markdown', 'json', 'chain'] as const;
export type MemoryAction = (typeof ACTIONS)[number];

/**
 * Which of the conversations that somebody has in a channel: all of it, one's own, what is private, or a chain of replies by the question
 * that it began with. Readable by anybody, it proves nothing: the channel and the person are those of whoever presses.
 */
export type Where = 'all' | 'own' | 'private' | `${number}`;

export interface MemoryId {
  readonly action: MemoryAction;
  readonly where: Where;
  /** The question that is to be undone. */
  readonly questionId?: string | undefined;
}

export const memoryId = ({ action, where, questionId = '' }: MemoryId): string => customId(MEMORY, `${action}.${where}.${questionId}`);

const SNOWFLAKE = /^\d{1,20}$/u;

export const readMemoryId = (id: string): MemoryId | undefined => {
  const [action, where = '', questionId = ''] = id.split('.');
  const known = ACTIONS.find((one) => one === action);
  const isWhere = where === 'all' || where === 'own' || where === 'private' || SNOWFLAKE.test(where);
  return known === undefined || !isWhere ? undefined : { action: known, where: where as Where, questionId: SNOWFLAKE.test(questionId) ? questionId : undefined };
};

/** The conversation that is meant, of whoever asks and where they are. */
export const conversationAt = (here: Here, where: Where): string => {
  if (where === 'private') return conversationIn(here, true);
  if (where === 'all') return here.channelId;
  const scope = where === 'own' ? 'user' : 'reply';
  return conversationFor(scope, { channelId: here.channelId, isThread: false, askerId: here.user.id, questionId: where });
};

/** Which one is meant by what is asked here and now; undefined where that would begin another chain of replies. */
export const whereOf = (here: Here, { whose, conversationId }: Memory): Where | undefined => {
  if (whose === 'chains') return undefined;
  // Where nobody has added the bot, all that somebody asks is kept as what is asked in private.
  if (conversationId === conversationIn(here, true)) return 'private';
  return whose === 'own' ? 'own' : 'all';
};

/** Whose conversation it is, if it still is one that something asked here and now can belong to. */
export const whoseAt = (whoseMemory: WhoseMemory, here: Here, where: Where): Whose | undefined => {
  const memory = whoseMemory(here, where === 'private');
  if (memory.whose === 'chains') return SNOWFLAKE.test(where) ? 'chain' : undefined;
  return whereOf(here, memory) === where ? memory.whose : undefined;
};

/** What its button forgets; undefined where whoever presses it may not, or where it is none of theirs any more. */
export const toForgetAt = (whoseMemory: WhoseMemory, here: Here, where: Where): ToForget | undefined => {
  const whose = whoseAt(whoseMemory, here, where);
  return whose === undefined || !mayForget(here, whose) ? undefined : { whose, conversationIds: [conversationAt(here, where)] };
};
