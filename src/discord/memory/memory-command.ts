import { PermissionFlagsBits } from 'discord.js';
import { countQuestions } from '../../conversation/continuation.ts';
import { toFailure } from '../../conversation/failure.ts';
import { dropOlderThan } from '../../conversation/history.ts';
import { cleanName } from '../../conversation/question.ts';
import { recollect, spokenIn } from '../../conversation/recollection.ts';
import { chainsIn } from '../../conversation/scope.ts';
import { isGuest } from '../intake/asked-by.ts';
import { conversationIn, personOf } from '../intake/question-from-interaction.ts';
import { announce, giveFile, showPanel, tell, tellAll } from '../rest/respond.ts';
import { UNKNOWN_INTERACTION_TEXT } from '../texts/answer-texts.ts';
import { failureText } from '../texts/failure-text.ts';
import {
  BUSY_TEXT,
  EXPORT_FAILED_TEXT,
  MAY_NOT_READ_TEXT,
  MEMORY_CHANGED_TEXT,
  MEMORY_MOVED_TEXT,
  MEMORY_MOVED_SHORT_TEXT,
  NOTHING_TO_EXPORT_TEXT,
  NO_PANEL_TEXT,
  NOT_YOURS_TO_FORGET_TEXT,
  NOT_YOURS_TO_UNDO_TEXT,
  UNDONE_TEXT,
  chainChoice,
  chainDetail,
  exportedText,
} from '../texts/memory-texts.ts';
import { MAX_EXPORT_BYTES, exportJson, exportMarkdown } from './export-memory.ts';
import { conversationAt, readMemoryId, toForgetAt, whereOf, whoseAt } from './memory-id.ts';
import { endedPanel, memoryPanel, surePanel } from './memory-panel.ts';
import { mayForget } from './whose-memory.ts';
import type { ChatInputCommandInteraction, MessageComponentInteraction } from 'discord.js';
import type { Exchange, History } from '../../conversation/history.ts';
import type { Ledger } from '../../conversation/ledger.ts';
import type { HistoryStore } from '../../conversation/ports.ts';
import type { Log } from '../../log/log.ts';
import type { OnComponent } from '../intake/on-interaction.ts';
import type { QuestionsInProgress } from '../intake/questions-in-progress.ts';
import type { ForgetHere } from './forget-here.ts';
import type { MemoryAction, Where } from './memory-id.ts';
import type { ChainChoice, MemoryView, Panel } from './memory-panel.ts';
import type { Here, WhoseMemory } from './whose-memory.ts';

export interface MemoryCommandDependencies {
  readonly whoseMemory: WhoseMemory;
  readonly forgetHere: ForgetHere;
  readonly histories: Pick<HistoryStore, 'load' | 'heldIn'>;
  readonly inProgress: Pick<QuestionsInProgress, 'all'>;
  readonly ledger: Pick<Ledger, 'openElsewhere'>;
  /** Takes a question with its answers out of what is remembered. False where somebody is just being answered there. @throws when the store fails */
  readonly undo: (conversationId: string, exchange: Exchange, isGuest: boolean) => Promise<boolean>;
  /** How long an exchange is remembered, in milliseconds. */
  readonly historyMs: number;
  /** Milliseconds since the epoch, by Discord's clock. */
  readonly now: () => number;
  readonly log: Log;
}

/** A select of Discord takes no more. @see https://docs.discord.com/developers/components/reference#string-select */
const MOST_CHOICES = 25;

/** What is said among several people is for those who may read it there. */
const mayRead = ({ guildId, memberPermissions }: Here, whose: MemoryView['whose']): boolean =>
  guildId === null || whose === 'private' || whose === 'own' || memberPermissions?.has(PermissionFlagsBits.ReadMessageHistory) === true;

/** The newer of two ids of Discord first: they are numbers, and times. */
const newestFirst = (one: string, other: string): number => other.length - one.length || (one < other ? 1 : -1);

/** `/memory`: what is remembered of the conversation that a question would belong to, and what can be done about it. Nobody but its reader sees it. */
export const createMemoryCommand = ({ whoseMemory, forgetHere, histories, inProgress, ledger, undo, historyMs, now, log }: MemoryCommandDependencies) => {
  const remembered = async (conversationId: string): Promise<{ readonly history: History; readonly wasUnreadable: boolean }> => {
    const { history, wasUnreadable } = await histories.load(conversationId);
    return { history: dropOlderThan(history, now() - historyMs), wasUnreadable };
  };

  /** The questions by which chains of replies of a channel began, the newest first. */
  const chainsOf = async (channelId: string): Promise<readonly string[]> => {
    const chains = chainsIn(channelId);
    return (await histories.heldIn(chains)).map((id) => id.slice(chains.length + 1)).filter((id) => /^\d{1,20}$/u.test(id)).toSorted(newestFirst);
  };

  const choicesOf = async (here: Here, questionIds: readonly string[], isReadable: boolean): Promise<readonly ChainChoice[]> => {
    const choices: ChainChoice[] = [];
    for (const questionId of questionIds) {
      const { history } = await remembered(conversationAt(here, questionId as Where));
      const [first] = history.exchanges;
      if (first === undefined) continue;
      const detail = chainDetail(countQuestions(history), first.askedAt);
      choices.push({ questionId, label: isReadable ? chainChoice(spokenIn(first).text) : detail, detail });
    }
    return choices;
  };

  /** Which chains there are, where they are conversations: the newest ones can be chosen, and the one that is shown. */
  const chainsAt = async (here: Here, where: Where | undefined, isReadable: boolean): Promise<{ readonly shown: Where | undefined; readonly chains: number; readonly choices: readonly ChainChoice[] }> => {
    const ids = await chainsOf(here.channelId);
    const shown = (where !== undefined && ids.includes(where) ? where : ids[0]) as Where | undefined;
    const listed = new Set([...ids.slice(0, shown === undefined || ids.indexOf(shown) < MOST_CHOICES ? MOST_CHOICES : MOST_CHOICES - 1), ...(shown === undefined ? [] : [shown])]);
    return { shown, chains: ids.length, choices: await choicesOf(here, [...listed], isReadable) };
  };

  const privatelyAsked = async (here: Here, where: Where): Promise<number> =>
    where === 'private' ? 0 : countQuestions((await remembered(conversationIn(here, true))).history);

  /** Of all processes. The rest of an answer is no question of its own. */
  const countUnderWay = async (conversationId: string): Promise<number> => {
    const elsewhere = await ledger.openElsewhere(conversationId);
    const here = inProgress.all().filter(({ question }) => question.conversationId === conversationId && question.behind === undefined);
    return here.length + elsewhere.filter(({ question }) => question?.behind === undefined).length;
  };

  /** What is remembered at this moment. @param where absent: of what would be asked here and now */
  const look = async (here: Here, isPrivate: boolean, where?: Where): Promise<MemoryView & { readonly history: History; readonly conversationId: string }> => {
    const memory = whoseMemory(here, isPrivate);
    const isChains = memory.whose === 'chains';
    const isReadable = mayRead(here, memory.whose);
    const { shown, chains, choices } = isChains ? await chainsAt(here, where, isReadable) : { shown: whereOf(here, memory), chains: undefined, choices: [] };
    // Where no chain has begun, there is none of that name.
    const at = shown ?? '0';
    const conversationId = conversationAt(here, at);
    const { history, wasUnreadable } = await remembered(conversationId);
    const recollection = recollect(conversationId, history);
    const whose = isChains && shown !== undefined ? 'chain' : memory.whose;
    const mayForgetIt = mayForget(here, whose);
    return {
      ...recollection,
      whose,
      where: at,
      conversationId,
      history,
      historyMs,
      isAmongPeople: here.guildId === null,
      mayRead: isReadable,
      mayForget: mayForgetIt,
      mayUndo: mayForgetIt || recollection.last?.askerId === here.user.id,
      chains,
      choices,
      underWay: await countUnderWay(conversationId),
      isAside: wasUnreadable || (history.exchanges.length === 0 && (await histories.heldIn(conversationId)).includes(conversationId)),
      privately: await privatelyAsked(here, at),
    };
  };

  /** What Discord does not take as a panel is still answered. */
  const show = async (interaction: Here, panel: Panel, otherwise: string): Promise<void> => {
    try {
      await showPanel(interaction, panel);
    } catch (error) {
      log.warn({ reason: String(error) }, 'the panel of /memory could not be shown');
      await tell(interaction, otherwise);
    }
  };

  const orFailure = async (interaction: Here, work: () => Promise<void>): Promise<void> => {
    try {
      await work();
    } catch (error) {
      const failure = toFailure(error);
      if (failure.kind !== 'store' && failure.kind !== 'store-full') throw error;
      log.warn({ reason: String(error) }, 'what a conversation remembers could not be looked up or changed');
      await tell(interaction, failureText(failure));
    }
  };

  const redraw = async (interaction: Here, where: Where, notice?: string): Promise<void> => {
    const view = await look(interaction, where === 'private', where);
    await show(interaction, memoryPanel({ ...view, notice }), notice ?? NO_PANEL_TEXT);
  };

  const exportIt = async (interaction: MessageComponentInteraction, where: Where, as: 'markdown' | 'json'): Promise<void> => {
    const { whose, isAmongPeople, history, summary, mayRead: isReadable } = await look(interaction, where === 'private', where);
    if (!isReadable) return tell(interaction, MAY_NOT_READ_TEXT);
    if (history.exchanges.length === 0) return tell(interaction, NOTHING_TO_EXPORT_TEXT);
    const limit: unknown = interaction.attachmentSizeLimit;
    const most = typeof limit === 'number' && limit > 0 ? Math.min(limit, MAX_EXPORT_BYTES) : MAX_EXPORT_BYTES;
    const { displayName } = interaction.client.user;
    const toExport = { history, summary, at: now(), botName: cleanName(displayName), whose, isAmongPeople, askerName: personOf(interaction).name, readerId: interaction.user.id, most };
    const file = await (as === 'json' ? exportJson(toExport) : exportMarkdown(toExport));
    try {
      await giveFile(interaction, exportedText(file.questions, file.leftOut), file);
    } catch (error) {
      log.warn({ reason: String(error) }, 'an export of a conversation was not taken');
      await tell(interaction, EXPORT_FAILED_TEXT);
    }
    return undefined;
  };

  const undoLast = async (interaction: MessageComponentInteraction, where: Where, questionId: string | undefined): Promise<void> => {
    const { last, mayUndo, conversationId } = await look(interaction, where === 'private', where);
    if (last === undefined || last.id !== questionId) return redraw(interaction, where, MEMORY_CHANGED_TEXT);
    if (!mayUndo) return redraw(interaction, where, NOT_YOURS_TO_UNDO_TEXT);
    return redraw(interaction, where, (await undo(conversationId, last, isGuest(interaction))) ? UNDONE_TEXT : BUSY_TEXT);
  };

  const forgetIt = async (interaction: MessageComponentInteraction, where: Where): Promise<void> => {
    const toForget = toForgetAt(whoseMemory, interaction, where);
    if (toForget === undefined) return redraw(interaction, where, NOT_YOURS_TO_FORGET_TEXT);
    await forgetHere.forget(interaction, toForget, async (text, wasAny) => {
      await show(interaction, endedPanel(text), text);
      if (!wasAny || (toForget.whose !== 'shared' && toForget.whose !== 'chain')) return;
      // All who share it are told, as by /reset.
      await tellAll(interaction, text).catch((error: unknown) => log.warn({ reason: String(error) }, 'others could not be told that their conversation was forgotten'));
    });
    return undefined;
  };

  const ask = async (interaction: MessageComponentInteraction, where: Where): Promise<void> => {
    if (toForgetAt(whoseMemory, interaction, where) === undefined) return redraw(interaction, where, NOT_YOURS_TO_FORGET_TEXT);
    const view = await look(interaction, where === 'private', where);
    await show(interaction, surePanel(view), NO_PANEL_TEXT);
    return undefined;
  };

  const onPress: OnComponent = async (interaction, idText) => {
    const id = readMemoryId(idText);
    if (id === undefined) return tell(interaction, UNKNOWN_INTERACTION_TEXT);
    const { action, where, questionId } = id;
    const isExport = action === 'markdown' || action === 'json';
    await announce(interaction, { isInPlace: !isExport });
    return orFailure(interaction, async () => {
      if (whoseAt(whoseMemory, interaction, where) === undefined) {
        await (isExport ? tell(interaction, MEMORY_MOVED_SHORT_TEXT) : redraw(interaction, where, MEMORY_MOVED_TEXT));
        return;
      }
      const does: Readonly<Record<MemoryAction, () => Promise<void>>> = {
        show: () => redraw(interaction, where),
        chain: () => redraw(interaction, (interaction.isStringSelectMenu() ? (interaction.values[0] ?? where) : where) as Where),
        forget: () => ask(interaction, where),
        sure: () => forgetIt(interaction, where),
        undo: () => undoLast(interaction, where, questionId),
        markdown: () => exportIt(interaction, where, 'markdown'),
        json: () => exportIt(interaction, where, 'json'),
      };
      await does[action]();
    });
  };

  return {
    run: async (interaction: ChatInputCommandInteraction): Promise<void> => {
      const isPrivate = interaction.options.getBoolean('private') ?? false;
      await announce(interaction);
      await orFailure(interaction, async () => {
        const view = await look(interaction, isPrivate);
        await show(interaction, memoryPanel(view), NO_PANEL_TEXT);
      });
    },
    onPress,
  };
};
