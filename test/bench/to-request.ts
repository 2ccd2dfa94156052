import { setTimeout as sleep } from 'node:timers/promises';
import { newDiskStore } from './disk-store.ts';
import { median, startRig, until } from './rig.ts';
import type { Rig, Subject } from './rig.ts';

export type Door = 'mention' | '/ask';

interface Result {
  /** From the event on the gateway to the request at Bedrock, p50 in milliseconds. */
  readonly p50: number;
  readonly answered: number;
}

/** Between two rounds, in milliseconds, and one more for each question. */
const SETTLE_MS = 20;
/** Before a burst, whatever the lessons left behind is over by then, in milliseconds. */
const SETTLED_MS = 2_000;

const MARK = /q(\d+)q/u;

let asked = 0;

/** Asks `count` questions at once, each in its own channel, and waits for all the answers. */
export const round = async ({ discord, bedrock, channels, member }: Rig, count: number, door: Door): Promise<Result> => {
  const first = asked;
  asked += count;
  const askedAt: number[] = [];
  const delays: number[] = [];
  bedrock.respond(({ body, receivedAt }) => {
    const text = (body?.messages.at(-1)?.content ?? []).map((block) => block.text ?? '').join(' ');
    const index = Number(MARK.exec(text)?.[1]) - first;
    delays[index] = receivedAt - (askedAt[index] ?? Number.NaN);
    return { text: `answer ${first + index} done` };
  });
  for (let index = 0; index < count; index += 1) {
    const channel = channels[index];
    if (channel === undefined) throw new Error('too few channels');
    askedAt[index] = performance.now();
    if (door === 'mention') member.say(channel, `${discord.botUser.mention} q${first + index}q`);
    else member.runCommand(channel, 'ask', { prompt: `q${first + index}q` });
  }
  const isAnswered = (index: number): boolean => channels[index]?.fromBot.at(-1)?.content.endsWith(`answer ${first + index} done`) === true;
  const answered = (): number => askedAt.filter((_, index) => isAnswered(index)).length;
  await until(() => answered() === count);
  // What is left to do behind the last answers is not the next round's.
  await sleep(SETTLE_MS + count);
  return { p50: median(delays.filter((delay) => !Number.isNaN(delay))), answered: answered() };
};

/** The p50 over rounds, of several questions at once. */
export const measureToRequest = async (subject: Subject, count: number, door: Door, rounds: number): Promise<Result> => {
  const rig = await startRig(subject, { channels: count });
  try {
    for (let warm = 0; warm < Math.ceil(100 / count) + 2; warm += 1) await round(rig, count, door);
    const results: Result[] = [];
    for (let index = 0; index < rounds; index += 1) results.push(await round(rig, count, door));
    return { p50: median(results.map(({ p50 }) => p50)), answered: Math.min(...results.map(({ answered }) => answered)) };
  } finally {
    await rig.close();
  }
};

/** So many questions, a few at a time, teach the engine, and leave the line as narrow as it nearly is at first. */
const LESSONS = { rounds: 3, atOnce: 20 };

/**
 * The p50 of one burst, by a process that has not met any before, with a store on the disk.
 * @param environment what is undefined is as it is by default
 */
export const measureFirstBurst = async (subject: Subject, count: number, environment: Readonly<Record<string, string | undefined>>): Promise<Result> => {
  const rig = await startRig(subject, { channels: count, environment: { STORE_URL: newDiskStore(), ...environment } });
  try {
    for (let lesson = 0; lesson < LESSONS.rounds; lesson += 1) await round(rig, LESSONS.atOnce, 'mention');
    await sleep(SETTLED_MS);
    return await round(rig, count, 'mention');
  } finally {
    await rig.close();
  }
};
