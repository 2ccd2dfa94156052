import { setTimeout as sleep } from 'node:timers/promises';
import { fitsInMessage, gatheredText, runsOf } from '../texts/gathered-text.ts';
import { createAnswerView } from '../reply/answer-view.ts';
import { createChannelTarget } from '../reply/channel-target.ts';
import { TakenOver } from '../rest/delivery-error.ts';
import { createResumedTarget } from '../reply/resumed-target.ts';
import type { Failure } from '../../conversation/failure.ts';
import type { Claim } from '../../conversation/ledger.ts';
import type { Question } from '../../conversation/question.ts';
import type { AnswerDirectly } from './answer-directly.ts';
import type { DiscordApi } from '../rest/discord-api.ts';
import type { Run } from '../texts/gathered-text.ts';
import type { AnswerViewOptions, DiscordAnswerView } from '../reply/answer-view.ts';
import type { ReplyTarget } from '../reply/reply-target.ts';
import type { QuestionsInProgress } from './questions-in-progress.ts';

/** A question for which there is no room. */
export interface Refusal {
  readonly question: Question;
  readonly target: ReplyTarget;
  readonly claim: Claim;
  readonly failure: Failure;
  readonly signal: AbortSignal;
}

/** How it went to say so. */
export type Told = Pick<DiscordAnswerView, 'isForLater' | 'undeliverable'>;

/**
 * Says that questions were not accepted, those of one member in one channel together: Discord takes about one message a
 * second there, and others wait for their answers.
 */
export interface GatheredRefusals {
  /** To be told of each question that is taken on: it may stand between others that are refused. */
  asked(question: Question, target: ReplyTarget): void;
  /**
   * Undefined where it is the first for a while, or no message: that is said by itself. Resolves when it is visible, or when
   * that cannot be; never rejects.
   */
  refuse(refusal: Refusal): Promise<Told> | undefined;
}

/** Refusals that follow the one before within so long are said together, in milliseconds. */
const TOGETHER_MS = 30_000;
/** Least time between two changes of the same message, in milliseconds. */
const EVERY_MS = 1_000;
/** More than that are not said in one message, nor remembered. */
const MOST_TOGETHER = 1_000;

interface Pending extends Refusal {
  readonly resolve: (told: Told) => void;
}

/** What of one member was refused in one channel, one shortly after the other. */
interface Group {
  readonly pending: Pending[];
  /** The message that the next ones are added to. */
  message: { readonly id: string; readonly first: Refusal; readonly questionIds: readonly string[] } | undefined;
  /** Ids of questions that have an outcome of their own. */
  others: Set<string>;
  isTelling: boolean;
  changedAt: number;
  dropping: NodeJS.Timeout | undefined;
}

const NO_BUTTONS = { whileWriting: () => undefined, afterReply: () => undefined, afterFailure: () => undefined };
/** Of what was taken back, or is left to the next process. */
const NOT_TOLD: Told = { isForLater: () => false, undeliverable: () => undefined };

const keyOf = ({ asker }: Question, { channelId }: ReplyTarget): string => `${channelId} ${asker.id}`;
const runs = ({ others }: Group, questionIds: readonly string[]): readonly Run[] => runsOf(questionIds, [...others]);
const idsOf = (refusals: readonly Refusal[]): readonly string[] => refusals.map(({ question }) => question.id);

export interface GatheredRefusalsDependencies extends Pick<AnswerViewOptions, 'scheduler' | 'watchChannel'> {
  readonly api: DiscordApi;
  readonly inProgress: QuestionsInProgress;
  readonly answerDirectly: AnswerDirectly;
  readonly warn: (question: Question, target: ReplyTarget, reason: string) => void;
}

export const createGatheredRefusals = ({ api, inProgress, scheduler, watchChannel, answerDirectly, warn }: GatheredRefusalsDependencies): GatheredRefusals => {
  const groups = new Map<string, Group>();

  const keep = (key: string, group: Group): void => {
    clearTimeout(group.dropping);
    group.dropping = setTimeout(() => groups.delete(key), TOGETHER_MS).unref();
  };

  const begin = (question: Question, target: ReplyTarget): void => {
    const key = keyOf(question, target);
    const others = new Set(inProgress.all().filter((one) => keyOf(one.question, one.target) === key).map((one) => one.question.id));
    const group: Group = { pending: [], message: undefined, others, isTelling: false, changedAt: performance.now(), dropping: undefined };
    groups.set(key, group);
    keep(key, group);
  };

  /** A place for all of them: what makes it visible is sent only while each is still ours. */
  const placeOf = (first: Refusal, added: readonly Refusal[], messageId: string | undefined): ReplyTarget => {
    const { channelId, place } = first.target;
    const questionId = (added[0] ?? first).question.id;
    const channel = createChannelTarget(api, { channelId, questionId, replyTo: place.replyTo });
    // Under a nonce of its own: an earlier process may have begun to answer, and a message that was deleted does not come back.
    const anew: ReplyTarget = { ...channel, showBusy: async () => true, create: (part, message, how) => channel.create(part, message, { ...how, isAnew: true }) };
    const open = messageId === undefined ? anew : createResumedTarget(anew, { removed: () => undefined }, [messageId], true);
    return {
      ...open,
      create: async (part, message, how) => {
        for (const { claim } of added) {
          await claim.onDisk;
          if (!(await claim.isOurs())) throw new TakenOver();
        }
        return open.create(part, message, how);
      },
    };
  };

  const isSomeTaken = async (refusals: readonly Refusal[]): Promise<boolean> => {
    for (const { claim } of refusals) if (!(await claim.isOurs())) return true;
    return false;
  };

  const tell = async (group: Group, added: readonly Pending[]): Promise<void> => {
    const first = group.message?.first ?? added[0];
    if (first === undefined || added.length === 0) return;
    const { question, target } = first;
    const view = createAnswerView({
      target: placeOf(first, added, group.message?.id),
      askerId: question.asker.id,
      scheduler,
      watchChannel,
      buttons: NO_BUTTONS,
      onGone: () => undefined,
      tellDirectly: answerDirectly(question, target.channelId, () => undefined),
      warn: (reason) => warn(question, target, reason),
    });
    const leave = (): void => {
      if (added.every(({ signal }) => signal.aborted)) void view.leave();
    };
    for (const { signal } of added) signal.addEventListener('abort', leave);
    const place = { guildId: question.guildId, channelId: target.channelId, askerId: question.asker.id };
    const questionIds = [...(group.message?.questionIds ?? []), ...idsOf(added)];
    await view.tell(gatheredText(place, runs(group, questionIds), added.at(-1)?.failure.retryAt));
    for (const { signal } of added) signal.removeEventListener('abort', leave);
    group.changedAt = performance.now();
    const id = view.messageIds().at(-1);
    const isLost = view.isForLater() || view.undeliverable() !== undefined;
    // Another process answers one of them, so nothing was said: the others are told without it.
    if (id === undefined && !isLost && (await isSomeTaken(added))) {
      group.pending.unshift(...added);
      return;
    }
    group.message = id === undefined || isLost ? undefined : { id, first, questionIds };
    for (const { resolve } of added) resolve(view);
  };

  /** Those that are still there to be told, as many as there is room for; in a new message where the last one has none. */
  const take = async (group: Group): Promise<Pending[]> => {
    let taken: Pending[] = [];
    for (const one of group.pending.splice(0)) {
      if (!one.signal.aborted && (await one.claim.isOurs())) taken.push(one);
      else one.resolve(NOT_TOLD);
    }
    const told = group.message?.questionIds ?? [];
    if (told.length < MOST_TOGETHER && fitsInMessage(runs(group, [...told, ...idsOf(taken)]))) return taken;
    group.message = undefined;
    group.others = new Set([...group.others].slice(-MOST_TOGETHER));
    while (!fitsInMessage(runs(group, idsOf(taken)))) {
      const half = Math.floor(taken.length / 2);
      group.pending.unshift(...taken.slice(half));
      taken = taken.slice(0, half);
    }
    return taken;
  };

  const tellAll = async (key: string, group: Group): Promise<void> => {
    group.isTelling = true;
    while (group.pending.length > 0) {
      await sleep(Math.max(0, group.changedAt + EVERY_MS - performance.now()));
      await tell(group, await take(group));
    }
    group.isTelling = false;
    keep(key, group);
  };

  const join = (key: string, group: Group, refusal: Refusal): Promise<Told> =>
    new Promise((resolve) => {
      const { signal, question } = refusal;
      const end = (told: Told): void => {
        signal.removeEventListener('abort', leave);
        resolve(told);
      };
      const pending: Pending = { ...refusal, resolve: end };
      const leave = (): void => {
        const index = group.pending.indexOf(pending);
        if (index === -1) return;
        group.pending.splice(index, 1);
        end(NOT_TOLD);
      };
      signal.addEventListener('abort', leave);
      group.others.delete(question.id);
      group.pending.push(pending);
      clearTimeout(group.dropping);
      if (!group.isTelling) void tellAll(key, group);
    });

  return {
    asked: (question, target) => {
      if (groups.size > 0) groups.get(keyOf(question, target))?.others.add(question.id);
    },
    refuse: (refusal) => {
      const { question, target } = refusal;
      // In threads of their own, nothing is said for several.
      if (target.place.replyTo !== question.id || target.place.askedIn !== undefined || question.firstAskedAs !== undefined) return undefined;
      const key = keyOf(question, target);
      const group = groups.get(key);
      if (group !== undefined) return join(key, group, refusal);
      begin(question, target);
      return undefined;
    },
  };
};
