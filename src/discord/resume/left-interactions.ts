import { Routes, SnowflakeUtil } from 'discord.js';
import { describeDeliveryError, isChannelGone, isForLater } from '../rest/delivery-error.ts';
import { COMMAND_INTERRUPTED_TEXT, PRESS_INTERRUPTED_TEXT } from '../texts/command-texts.ts';
import { BEGINS_THREAD_TEXT } from '../texts/thread-texts.ts';
import type { REST } from 'discord.js';
import type { Ledger } from '../../conversation/ledger.ts';
import type { ShownAnswers } from '../../conversation/shown-answer.ts';
import type { Log } from '../../log/log.ts';
import type { DiscordApi, InteractionAddress } from '../rest/discord-api.ts';
import type { Looking } from './keep-looking.ts';

/** What the store keeps of interactions that were begun; all reject when it fails. */
export interface LeftStore {
  takeLeft(): Promise<readonly (InteractionAddress & { readonly kind: string })[]>;
  ended(id: string): Promise<void>;
}

export interface LeftInteractionsDependencies {
  readonly api: Pick<DiscordApi, 'getReply' | 'editReply' | 'followUp'>;
  readonly rest: Pick<REST, 'get'>;
  readonly begun: LeftStore;
  readonly ledger: Pick<Ledger, 'find'>;
  readonly shownAnswers: Pick<ShownAnswers, 'turns'>;
  /** Kinds of buttons and forms that change what they stand on: nobody would see that a press of theirs came to nothing. */
  readonly changesInPlace: ReadonlySet<string>;
  /** Discord takes no requests. */
  readonly isDiscordClosed: () => boolean;
  /** Milliseconds since the epoch, by Discord's clock. */
  readonly now: () => number;
  readonly log: Log;
}

const EVERY_MS = 30_000;
/** How long a token lives, in milliseconds. */
const TOKEN_MS = 15 * 60_000;

/**
 * Commands, buttons and forms whose process has ended before whoever caused them was told how it went: Discord would show them as being
 * thought about for a quarter of an hour. None is done again: what people asked for then may not be what they want now.
 */
export const createLeftInteractions = ({ api, rest, begun, ledger, shownAnswers, changesInPlace, isDiscordClosed, now, log }: LeftInteractionsDependencies): Looking => {
  const isThreadMissing = (threadId: string): Promise<boolean> =>
    rest.get(Routes.channel(threadId)).then(
      () => false,
      (error: unknown) => {
        if (isChannelGone(error)) return true;
        throw error;
      },
    );

  /** Whether what stands there promises more. */
  const isUnfinished = async ({ isThinking = false, content, messageId }: Awaited<ReturnType<DiscordApi['getReply']>>): Promise<boolean> =>
    isThinking || (content === BEGINS_THREAD_TEXT && (await isThreadMissing(messageId)));

  /** Whether it says so now. */
  const say = async (address: InteractionAddress, kind: string): Promise<boolean> => {
    const shown = await api.getReply(address);
    if (await isUnfinished(shown)) {
      await api.editReply(address, '@original', { content: COMMAND_INTERRUPTED_TEXT });
      return true;
    }
    // It stands as it did when it was pressed, or as it is to be: nobody knows.
    const isPress = BigInt(shown.messageId) < BigInt(address.id);
    if (!isPress || !changesInPlace.has(kind)) return false;
    // Said twice it would be worse than not at all.
    await begun.ended(address.id);
    await api.followUp(address, { content: PRESS_INTERRUPTED_TEXT }, true);
    return true;
  };

  /** What asked something has its row, and a turn by ‹ or › its note: each ends with that. */
  const isEndedElsewhere = async (id: string): Promise<boolean> => {
    if ((await ledger.find(id)) !== undefined) return true;
    for await (const [, pressId] of shownAnswers.turns()) if (pressId === id) return true;
    return false;
  };

  const end = async ({ kind, ...address }: InteractionAddress & { readonly kind: string }): Promise<void> => {
    const isOver = address.token === '' || now() - SnowflakeUtil.timestampFrom(address.id) > TOKEN_MS;
    if (!isOver && !(await isEndedElsewhere(address.id))) {
      try {
        if (await say(address, kind)) log.info({ what: kind }, 'whoever used a command or button is told that it was interrupted');
      } catch (error) {
        if (isForLater(error)) return;
        log.info({ what: kind, reason: describeDeliveryError(error) }, 'nothing can be said any more of a command or button that was interrupted');
      }
    }
    await begun.ended(address.id);
  };

  return {
    what: 'commands that were interrupted',
    everyMs: EVERY_MS,
    look: async () => {
      if (isDiscordClosed()) return;
      for (const left of await begun.takeLeft()) await end(left);
    },
  };
};
