import { setTimeout as sleep } from 'node:timers/promises';
import { manualStream } from '../simulators/bedrock.ts';
import { median, startRig, until } from './rig.ts';
import type { Subject } from './rig.ts';

/** By then an answer has its last form, which takes one more edit. */
const SETTLED_MS = 1_500;

/** From the model's first delta to the first words that people see, p50 in milliseconds, of `streams` at once. */
export const measureFirstWords = async (subject: Subject, streams: number, rounds: number): Promise<number> => {
  const rig = await startRig(subject, { channels: streams });
  const delays: number[] = [];
  try {
    for (let round = 0; round < rounds + 2; round += 1) {
      const opened: ReturnType<typeof manualStream>[] = [];
      rig.bedrock.respond((request) => {
        const stream = manualStream();
        opened.push(stream);
        return stream.responder(request);
      });
      for (const channel of rig.channels) rig.member.say(channel, `${rig.discord.botUser.mention} round ${round}`);
      await until(() => opened.length === streams);
      const sentAt = performance.now();
      for (const stream of opened) void stream.text('First words');
      await until(() => rig.channels.every(({ messages }) => messages.at(-1)?.author.bot === true));
      if (round >= 2) for (const { messages } of rig.channels) delays.push((messages.at(-1)?.revisions[0]?.at ?? Number.NaN) - sentAt);
      for (const stream of opened) void stream.finish();
      await until(() => rig.bedrock.inFlight === 0);
      // An end that a new question overtakes would come below it, and look like its answer.
      await sleep(SETTLED_MS);
    }
    return median(delays);
  } finally {
    await rig.close();
  }
};
