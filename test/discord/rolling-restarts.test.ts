import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { RESTARTING_TEXT } from '../../src/discord/texts/answer-texts.ts';
import { shareWorld } from './shared-world.ts';
import type { SimulatedChannel, SimulatedInteraction, SimulatedMessage } from '../simulators/discord.ts';
import type { Parley } from '../../src/parley.ts';
import type { World } from '../start-parley.ts';

let world: World;
shareWorld({ discord: { rateLimits: 'off' } }, (opened) => (world = opened));

const RESTARTS = 10;
const ASK_EVERY_MS = 60;
/** So that a machine that has other things to do has no more of them. */
const MOST_OPEN = 12;

interface Asked {
  readonly place: SimulatedChannel;
  readonly text: string;
  readonly message?: SimulatedMessage;
  readonly interaction?: SimulatedInteraction;
}

/** All that people see of a question. */
const answersTo = ({ place, message, interaction }: Asked): string[] =>
  message === undefined
    ? [interaction?.response, ...(interaction?.followUps ?? [])].map((response) => response?.content ?? '')
    : place.fromBot.filter(({ referenceId }) => referenceId === message.id).map(({ content }) => content);
/** A command that no process took within a second is told so. */
const isAnswered = (asked: Asked): boolean => answersTo(asked).some((text) => text.endsWith('The end.') || (asked.interaction !== undefined && text.endsWith(RESTARTING_TEXT)));

describe('a process that another one takes over from', () => {
  it('ten times while people ask leaves no question without its outcome, and none with two', async () => {
    const { discord, bedrock, guild, ana, bo } = world;
    // Each takes about as long as a restart.
    bedrock.respond((request) => ({ text: `You said: ${request.body?.messages.at(-1)?.content.at(-1)?.text ?? ''}. ${'And so on. '.repeat(20)}The end.`, deltas: { size: 10 }, deltaDelayMs: 15 }));
    const places = Array.from({ length: 12 }, (_, index) => guild.addChannel({ name: `busy-${index}` }));
    const asked: Asked[] = [];
    const going = { isOver: false, isPaused: false };
    const ask = async (): Promise<void> => {
      for (let index = 0; !going.isOver; await sleep(ASK_EVERY_MS)) {
        if (going.isPaused || asked.filter((one) => !isAnswered(one)).length >= MOST_OPEN) continue;
        const [place, asker] = [places[index % places.length] ?? world.channel, index % 2 === 0 ? ana : bo];
        const text = `question ${index}`;
        asked.push({ text, place, ...(index % 3 === 0 ? { interaction: asker.runCommand(place, 'ask', { prompt: text }) } : { message: asker.say(place, `${discord.botUser.mention} ${text}`) }) });
        index += 1;
      }
    };
    const asking = ask();
    let current: Parley = world.parley;
    for (let restart = 0; restart < RESTARTS; restart += 1) {
      // Discord takes one new session in five seconds, and an interaction ends after three: nobody waits for the first word when they pass.
      going.isPaused = true;
      await expect.poll(() => asked.filter(({ interaction }) => interaction !== undefined && interaction.acknowledgedAs === undefined)).toEqual([]);
      discord.advance(5_000);
      going.isPaused = false;
      const next = await world.startSecond();
      await current.stop();
      current = next;
    }
    going.isOver = true;
    await asking;
    try {
      await expect.poll(() => asked.filter((one) => !isAnswered(one)).map(({ text }) => text)).toEqual([]);
    } finally {
      await current.stop();
    }
    expect(asked.length).toBeGreaterThan(RESTARTS);
    for (const one of asked) {
      const [answer = '', ...more] = answersTo(one);
      expect(more, one.text).toEqual([]);
      expect(answer.match(/question \d+/u)?.[0]).toBe(one.text);
    }
    // Nearly all of them are answered: nobody is away.
    expect(asked.filter((one) => !answersTo(one).some((text) => text.endsWith('The end.'))).length).toBeLessThan(asked.length / 2);
  });
});
