import { setTimeout as sleep } from 'node:timers/promises';
import { median, startRig, until } from './rig.ts';
import { streamWords } from './word-streams.ts';
import type { SimulatedChannel, SimulatedMessage } from '../simulators/discord.ts';
import type { Rig, Subject } from './rig.ts';
import type { Streamed } from './word-streams.ts';

/** What Discord allows in a channel, as the community measured it. */
export const EDIT_LIMIT = { limit: 5, perMs: 5_000 };
/** With edits spread evenly, a word waits half of the time between two of them on the average. In milliseconds. */
export const BEST_AGE_MS = EDIT_LIMIT.perMs / EDIT_LIMIT.limit / 2;

export const LIMITS = { 'POST /channels/:id/messages': EDIT_LIMIT, 'PATCH /channels/:id/messages/:id': EDIT_LIMIT, 'DELETE /channels/:id/messages/:id': { limit: 3, perMs: 1_000 } };

const startLimited = (subject: Subject, channels: number): Promise<Rig> =>
  startRig(subject, { channels, discord: { rateLimitOverrides: LIMITS, keepMessagesPerChannel: 50 } });

/** What people saw of an answer: its messages tell by their first word whose they are. */
const revisionsOf = (channels: readonly SimulatedChannel[], text: string) => {
  const first = text.split(' ')[0] ?? '';
  const isOf = ({ author, revisions }: SimulatedMessage): boolean => author.bot && revisions.some(({ content }) => content.split(' ')[0] === first);
  return channels.flatMap(({ messages }) => messages.filter(isOf)).flatMap(({ revisions }) => revisions).filter(({ content }) => content.startsWith(first));
};

const isWhole = (channels: readonly SimulatedChannel[], { text, endedAt }: Streamed): boolean =>
  !Number.isNaN(endedAt) && revisionsOf(channels, text).some(({ content }) => content === text);

/** How old a word is when people can read it, mean in milliseconds, of `streams` at once in a channel each. */
export const measureAge = async (subject: Subject, streams: number, seconds: number): Promise<number> => {
  const rig = await startLimited(subject, streams);
  try {
    const calls = streamWords(rig.bedrock, seconds);
    for (const channel of rig.channels) rig.member.say(channel, `${rig.discord.botUser.mention} write`);
    await until(() => calls.length === streams && calls.every((call) => isWhole(rig.channels, call)), seconds * 1000 + 30_000);
    const ages = calls.flatMap(({ text, deltas }) => {
      const seen = revisionsOf(rig.channels, text);
      return deltas.map(({ length, at }) => (seen.find(({ content }) => content.length >= length)?.at ?? Number.NaN) - at);
    });
    return ages.reduce((sum, age) => sum + age, 0) / ages.length;
  } finally {
    await rig.close();
  }
};

export interface EndLags {
  readonly p50: number;
  readonly worst: number;
  readonly refused: number;
}

/** Several people ask in one channel at once: from the end of each stream until the whole answer is there. */
export const measureEnds = async (subject: Subject, people: number, seconds: number): Promise<EndLags> => {
  const rig = await startLimited(subject, 1);
  try {
    const calls = streamWords(rig.bedrock, seconds);
    const [channel] = rig.channels;
    for (let person = 0; person < people; person += 1) rig.addMember().say(channel!, `${rig.discord.botUser.mention} write`);
    await until(() => calls.length === people && calls.every((call) => isWhole(rig.channels, call)), people * (seconds * 1000 + 10_000));
    const lags = calls.map(({ text, endedAt }) => (revisionsOf(rig.channels, text).find(({ content }) => content === text)?.at ?? Infinity) - endedAt);
    return { p50: median(lags), worst: Math.max(...lags), refused: [...rig.discord.rateLimitHits.values()].reduce((sum, hits) => sum + hits, 0) };
  } finally {
    await rig.close();
  }
};

/** CPU time of the process for one answer of 500 deltas, in milliseconds, with ten answers at a time. */
export const measureCpu = async (subject: Subject, rounds: number): Promise<number> => {
  const AT_ONCE = 10;
  const DELTAS = 500;
  const rig = await startLimited(subject, AT_ONCE);
  try {
    let open = 0;
    rig.bedrock.respond({ text: Array.from({ length: DELTAS }, (_, index) => `w${index % 9} `).join('').trim(), deltas: { size: 3 }, deltaDelayMs: 10 });
    const round = async (): Promise<void> => {
      open += 1;
      const before = rig.channels.map(({ messages }) => messages.filter(({ author }) => author.bot).length);
      for (const channel of rig.channels) rig.member.say(channel, `${rig.discord.botUser.mention} write ${open}`);
      await until(() => rig.bedrock.inFlight === 0 && rig.channels.every(({ messages }, index) => messages.filter(({ author }) => author.bot).length > (before[index] ?? 0)), 60_000);
      await sleep(2_500);
    };
    await round();
    const startedAt = rig.cpu();
    for (let index = 0; index < rounds; index += 1) await round();
    return (rig.cpu() - startedAt) / (rounds * AT_ONCE);
  } finally {
    await rig.close();
  }
};
