import { setTimeout as sleep } from 'node:timers/promises';
import { newDiskStore } from './disk-store.ts';
import { startRig } from './rig.ts';
import type { SimulatedChannel } from '../simulators/discord.ts';
import type { Rig, Subject } from './rig.ts';

/** Asks `perChannel` questions in each channel, `inFlight` of them at a time; tells how many were answered. */
export const run = async ({ discord, bedrock, channels, member }: Rig, perChannel: number, inFlight: number) => {
  bedrock.respond({ text: 'An answer of a few words.' });
  const waiting = new Map<SimulatedChannel, () => void>();
  const look = setInterval(() => {
    for (const [channel, resolve] of waiting) {
      if (channel.messages.at(-1)?.author.bot !== true) continue;
      waiting.delete(channel);
      resolve();
    }
  }, 1);
  let done = 0;
  /** Each worker has channels of its own. */
  const work = async (first: number): Promise<void> => {
    for (let round = 0; round < perChannel; round += 1) {
      for (const channel of channels.filter((_, index) => index % inFlight === first)) {
        member.say(channel, `${discord.botUser.mention} question ${round}`);
        await new Promise<void>((resolve) => waiting.set(channel, resolve));
        done += 1;
      }
    }
  };
  await Promise.all(Array.from({ length: inFlight }, (_, first) => work(first)));
  clearInterval(look);
  return done;
};

const SETTLED_MS = 1_500;

/** CPU time of the process for one question with an instant model, from the mention until it is settled, in milliseconds. */
export const measureQuestionCpu = async (subject: Subject, perChannel: number, inFlight: number): Promise<number> => {
  const rig = await startRig(subject, { channels: 50 });
  try {
    await run(rig, 10, inFlight);
    await sleep(SETTLED_MS);
    const before = rig.cpu();
    const done = await run(rig, perChannel, inFlight);
    await sleep(SETTLED_MS);
    return (rig.cpu() - before) / done;
  } finally {
    await rig.close();
  }
};

export interface Footprint {
  readonly readyMs: number;
  readonly idleMiB: number;
}

export const measureStart = async (subject: Subject, environment: Readonly<Record<string, string>> = {}): Promise<Footprint> => {
  const rig = await startRig(subject, { environment });
  try {
    await sleep(1_500);
    return { readyMs: rig.readyMs, idleMiB: rig.memory() };
  } finally {
    await rig.close();
  }
};

/** Resident memory after `perChannel` questions in each of `channels` channels, in MiB. */
export const measureMemory = async (subject: Subject, channels: number, perChannel: number): Promise<number> => {
  const rig = await startRig(subject, { channels, environment: { STORE_URL: newDiskStore() } });
  try {
    await run(rig, perChannel, 50);
    await sleep(2_000);
    return rig.memory();
  } finally {
    await rig.close();
  }
};
