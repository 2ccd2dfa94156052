import { setTimeout as sleep } from 'node:timers/promises';
import { DiscordAPIError, RESTJSONErrorCodes } from 'discord.js';
import { hasEnded } from '../../conversation/outcome.ts';
import { controlId } from '../controls/control-buttons.ts';
import { describeDeliveryError, isForLater } from '../rest/delivery-error.ts';
import type { Client } from 'discord.js';
import type { ShownAnswer, ShownAnswers } from '../../conversation/shown-answer.ts';
import type { Ledger } from '../../conversation/ledger.ts';
import type { Log } from '../../log/log.ts';
import type { QuestionDeleted } from '../controls/question-deleted.ts';
import type { Intake } from '../intake/intake.ts';
import type { ReadBack } from '../gateway/read-back.ts';

export interface ForgetDeletedDependencies {
  readonly client: Client;
  readonly shownAnswers: Pick<ShownAnswers, 'all' | 'unreadable' | 'drop'>;
  readonly ledger: Pick<Ledger, 'ids' | 'find'>;
  readonly readBack: ReadBack;
  readonly deleted: QuestionDeleted;
  readonly intake: Intake;
  readonly log: Log;
}

/** A question that has an answer, and where the two are. */
type Answered = Pick<ShownAnswer, 'questionId' | 'channelId' | 'replyTo' | 'askedIn' | 'parts' | 'isFirstGone' | 'guildId'>;

/** Forgets what was deleted while nobody listened: questions, and whole channels. Never rejects. */
export type ForgetDeleted = () => Promise<void>;

/** Between two requests, in milliseconds: nobody waits for this, and questions go first. */
const PAUSE_MS = 200;
/** What could not be read is tried again after this time, in milliseconds, and so often. */
const NEXT_ROUND_MS = 60_000;
const ROUNDS = 10;

const isGone = (error: unknown, code: number): boolean => error instanceof DiscordAPIError && error.code === code;

const byId = (one: string, other: string): number => (BigInt(one) < BigInt(other) ? -1 : 1);

/** Looks for the messages of all questions whose answers are remembered, a page of a channel at a time. */
export const createForgetDeleted = ({ client, shownAnswers, ledger, readBack, deleted, intake, log }: ForgetDeletedDependencies): ForgetDeleted => {
  /** A page says nothing where we may not read: only what Discord does not know when it is asked for is gone. */
  const isDeleted = async (channelId: string, messageId: string): Promise<boolean> => {
    try {
      await readBack.message(channelId, messageId);
      return false;
    } catch (error) {
      if (isGone(error, RESTJSONErrorCodes.UnknownMessage)) return true;
      throw error;
    }
  };

  const lookInto = async (channelId: string, questionIds: readonly string[]): Promise<number> => {
    let found = 0;
    const waiting = questionIds.toSorted(byId);
    for (let [first] = waiting; first !== undefined && intake.isOpen(); [first] = waiting) {
      const page = await readBack.page(channelId, String(BigInt(first) - 1n));
      const there = new Set(page.map(({ raw }) => raw.id));
      const last = page.at(-1)?.raw.id ?? first;
      while (waiting[0] !== undefined && (waiting[0] === first || BigInt(waiting[0]) <= BigInt(last))) {
        const id = waiting.shift() ?? '';
        if (there.has(id) || !(await isDeleted(channelId, id))) continue;
        found += 1;
        await deleted.messages([id]);
        await sleep(PAUSE_MS, undefined, { ref: false });
      }
      await sleep(PAUSE_MS, undefined, { ref: false });
    }
    return found;
  };

  /** Of a server that we are not on, Discord need not know any channel for us: commands are used there, too. */
  const isOurs = (answers: readonly Answered[]): boolean => answers.some(({ guildId }) => guildId !== undefined && client.guilds.cache.get(guildId)?.available === true);

  const forgetChannel = async (channelId: string, answers: readonly Answered[]): Promise<void> => {
    await deleted.places([channelId]);
    for (const { questionId } of answers) await shownAnswers.drop(controlId(questionId));
  };

  /** False when Discord could not say. */
  const look = async (channelId: string, answers: readonly Answered[]): Promise<boolean> => {
    const isHere = ({ questionId, replyTo, askedIn = channelId }: Answered): boolean => replyTo === questionId && askedIn === channelId;
    const asked = answers.filter(isHere).flatMap(({ questionId, parts = [], isFirstGone }) => (isFirstGone === true ? parts : [questionId].concat(parts)));
    // Where we are not, there is nothing to be learned by asking.
    if (asked.length === 0 && !isOurs(answers)) return true;
    try {
      // A channel in which only commands were used may be gone as well.
      if (asked.length === 0) await readBack.page(channelId, answers[0]?.questionId ?? '0');
      const found = await lookInto(channelId, asked);
      if (found > 0) log.info({ channelId, questions: found }, 'questions were deleted while I was not connected; I have forgotten them');
      return true;
    } catch (error) {
      if (isGone(error, RESTJSONErrorCodes.UnknownChannel) && isOurs(answers)) {
        await forgetChannel(channelId, answers);
        log.info({ channelId }, 'a channel was deleted while I was not connected; I have forgotten what was said there');
        return true;
      }
      if (isForLater(error)) return false;
      log.debug({ channelId, reason: describeDeliveryError(error) }, 'a channel could not be looked into for deleted questions');
      return true;
    }
  };

  /** What no record tells any more, the ledger still may. */
  const lost = async (): Promise<readonly Answered[]> => {
    const ids = new Set(await Array.fromAsync(shownAnswers.unreadable()));
    const found: Answered[] = [];
    if (ids.size === 0) return found;
    for await (const questionId of ledger.ids()) {
      const row = ids.has(controlId(questionId)) ? await ledger.find(questionId) : undefined;
      if (row !== undefined && hasEnded(row)) found.push({ questionId, channelId: row.place.channelId, replyTo: row.place.replyTo, askedIn: row.place.askedIn });
    }
    return found;
  };

  return async () => {
    try {
      const all: readonly Answered[] = [...(await Array.fromAsync(shownAnswers.all())), ...(await lost())];
      // Of a thread of its own, an answer's question is in another channel than the answer.
      const places = all.flatMap((answer) => [answer.channelId, ...(answer.askedIn === undefined ? [] : [answer.askedIn])].map((channelId) => ({ channelId, answer })));
      let channels = new Map<string, Answered[]>([...Map.groupBy(places, ({ channelId }) => channelId)].map(([channelId, found]) => [channelId, found.map(({ answer }) => answer)]));
      for (let round = 0; channels.size > 0 && round < ROUNDS && intake.isOpen(); round += 1) {
        if (round > 0) await sleep(NEXT_ROUND_MS, undefined, { ref: false });
        const failed = new Map<string, Answered[]>();
        for (const [channelId, answers] of channels) {
          if (!intake.isOpen()) return;
          if (!(await look(channelId, answers))) failed.set(channelId, answers);
        }
        channels = failed;
      }
    } catch (error) {
      log.error({ reason: describeDeliveryError(error) }, 'what was deleted while I was not connected could not be looked for');
    }
  };
};
