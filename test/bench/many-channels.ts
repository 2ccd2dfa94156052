import { setTimeout as sleep } from 'node:timers/promises';
import { PARLEY, startRig } from './rig.ts';
import type { Subject } from './rig.ts';

const CHANNELS = 200_000;
const CHANNELS_PER_SERVER = 100;
const ROLES_PER_SERVER = 20;

export interface ManyChannels {
  /** From the start of the process to its READY, in milliseconds. */
  readonly readyMs: number;
  /** Resident memory ten seconds later, in MiB. */
  readonly memory: number;
}

/** A start with 200,000 channels on 2,000 servers, as Discord tells of them: topics, overwrites for three roles and one member each. */
export const measureManyChannels = async (subject: Subject, channels = CHANNELS): Promise<ManyChannels> => {
  const rig = await startRig(subject, { servers: { count: channels / CHANNELS_PER_SERVER, channels: CHANNELS_PER_SERVER, roles: ROLES_PER_SERVER } });
  try {
    await sleep(10_000);
    return { readyMs: rig.readyMs, memory: rig.memory() };
  } finally {
    await rig.close();
  }
};

if (import.meta.main) {
  const { readyMs, memory } = await measureManyChannels(PARLEY, Number(process.argv[2] ?? CHANNELS));
  console.log(`ready after ${(readyMs / 1000).toFixed(1)} s, ${memory.toFixed(0)} MiB`);
}
