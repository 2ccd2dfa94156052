import { setTimeout as sleep } from 'node:timers/promises';
import { startCrowd } from './crowd.ts';
import { quantile, until } from './rig.ts';
import type { SimulatedInteraction, SimulatedMessage } from '../simulators/discord.ts';
import type { Asker, CrowdOptions } from './crowd.ts';
import type { Subject } from './rig.ts';

export interface Pressed {
  /** From the press to the acknowledgement, p95 in milliseconds. */
  readonly p95: number;
  readonly presses: number;
}

/** How long each answer is written, in seconds: it is not over before it is stopped, and has room in one message. */
const SECONDS = 20;
const PRESSES = 40;
const PRESS_FROM_MS = 6_000;
const PRESS_EVERY_MS = 250;

/** The first button of a message: a growing answer has one, to stop it. */
const buttonOf = ({ components }: SimulatedMessage): string | undefined =>
  /"custom_id":"([^"]+)"/u.exec(JSON.stringify(components))?.[1];

const press = ({ member, channel }: Asker): SimulatedInteraction | undefined => {
  const written = channel.fromBot.at(-1);
  const button = written === undefined ? undefined : buttonOf(written);
  return written === undefined || button === undefined ? undefined : member.click(written, button);
};

/** As many people as are said ask at once; while all that is written some stop their answer, one after the other. */
export const measurePressed = async (subject: Subject, options: Pick<CrowdOptions, 'count' | 'environment'>): Promise<Pressed> => {
  const crowd = await startCrowd(subject, { ...options, seconds: SECONDS });
  try {
    crowd.ask('mention');
    await sleep(PRESS_FROM_MS);
    const pressed: SimulatedInteraction[] = [];
    const waiting = [...crowd.askers];
    const endAt = performance.now() + SECONDS * 1_000 - PRESS_FROM_MS;
    while (pressed.length < PRESSES && performance.now() < endAt) {
      await sleep(PRESS_EVERY_MS);
      const index = waiting.findIndex(({ channel }) => channel.fromBot.some((message) => buttonOf(message) !== undefined));
      const [asker] = index === -1 ? [] : waiting.splice(index, 1);
      const interaction = asker === undefined ? undefined : press(asker);
      if (interaction !== undefined) pressed.push(interaction);
    }
    await until(() => pressed.every(({ acknowledged, failed }) => acknowledged || failed));
    return { p95: quantile(pressed.map(({ acknowledgedAfterMs }) => acknowledgedAfterMs ?? Infinity), 0.95), presses: pressed.length };
  } finally {
    await crowd.close();
  }
};
