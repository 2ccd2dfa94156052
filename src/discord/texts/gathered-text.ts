import { relative } from './relative-time.ts';
import { NOT_ACCEPTED_TEXT } from './answer-texts.ts';

/** Where the questions were asked that are told of together, and by whom. */
export interface GatheredPlace {
  readonly guildId: string | undefined;
  readonly channelId: string;
  readonly askerId: string;
}

/** Questions of one member that follow each other: none between them was accepted. By their ids. */
export interface Run {
  readonly first: string;
  readonly last: string;
  readonly count: number;
}

/** So many links fit into one message, however long their ids are. */
const MOST_LINKS = 18;

const byId = (one: string, other: string): number => (BigInt(one) < BigInt(other) ? -1 : 1);

/**
 * @param refused ids of questions that were not accepted
 * @param accepted of those of the same member, in the same place, that wait for their answer
 */
export const runsOf = (refused: readonly string[], accepted: readonly string[]): readonly Run[] => {
  const isAccepted = new Set(accepted);
  const runs: Run[] = [];
  let isBehindAccepted = true;
  for (const id of [...new Set([...refused, ...accepted])].toSorted(byId)) {
    const run = runs.at(-1);
    if (isAccepted.has(id)) isBehindAccepted = true;
    else if (run === undefined || isBehindAccepted) {
      runs.push({ first: id, last: id, count: 1 });
      isBehindAccepted = false;
    } else runs[runs.length - 1] = { ...run, last: id, count: run.count + 1 };
  }
  return runs;
};

export const fitsInMessage = (runs: readonly Run[]): boolean => runs.reduce((links, { count }) => links + Math.min(count, 2), 0) <= MOST_LINKS;

/**
 * What a member reads of several questions that were not accepted. It names each of them: for people, and for whoever has to
 * find out later what was said of a question.
 * @param retryAt when it is worth asking again, in milliseconds since the epoch
 */
export const gatheredText = ({ guildId, channelId, askerId }: GatheredPlace, runs: readonly Run[], retryAt: number | undefined): string => {
  let number = 0;
  const link = (id: string, counted: number): string => `[${(number += counted)}](https://discord.com/channels/${guildId ?? '@me'}/${channelId}/${id})`;
  const named = runs.map(({ first, last, count }) => (count === 1 ? link(first, 1) : `${link(first, 1)} to ${link(last, count - 1)}`)).join(', ');
  const which = number === 1 ? 'this one' : `these ${number}`;
  return `<@${askerId}>: ${NOT_ACCEPTED_TEXT} ${which} of yours: ${named}. Please ask again ${retryAt === undefined ? 'in a minute' : relative(retryAt)}.`;
};

/** The mention is one only of whoever asked: no answer can pass for this with the name of somebody else. */
const GATHERED = new RegExp(String.raw`^<@(\d{1,20})>: ${NOT_ACCEPTED_TEXT} (?:this one|these \d+) of yours: `, 'u');
const RUN = /\[\d+\]\(\S+\/(\d{1,20})\)(?: to \[\d+\]\(\S+\/(\d{1,20})\))?/gu;

export const isGathered = (content: string): boolean => GATHERED.test(content);

/** Whether the message says that this question of this member was not accepted. */
export const isNamedIn = (content: string, askerId: string, questionId: string): boolean => {
  if (GATHERED.exec(content)?.[1] !== askerId) return false;
  const id = BigInt(questionId);
  return [...content.matchAll(RUN)].some(([, first = '', last = first]) => BigInt(first) <= id && id <= BigInt(last));
};
