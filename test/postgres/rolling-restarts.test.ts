import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { freshFolder, startProcess } from '../parley-process.ts';
import { startBedrockSimulator } from '../simulators/bedrock.ts';
import { startDiscordSimulator } from '../simulators/discord.ts';
import { NEEDS_POSTGRES, WITHOUT_POSTGRES, startPostgres } from './postgres-server.ts';
import type { ParleyProcess } from '../parley-process.ts';
import type { BedrockSimulator } from '../simulators/bedrock.ts';
import type { DiscordSimulator, SimulatedChannel, SimulatedInteraction, SimulatedMessage } from '../simulators/discord.ts';
import type { PostgresServer } from './postgres-server.ts';

/** Where it says how many, on a machine that has nothing else to do, it is also looked at how long people wait. */
const FIGURE = process.env['ROLLING_RESTARTS'];
const RESTARTS = Number(FIGURE ?? 2);
const ASK_EVERY_MS = 100;
const MOST_OPEN = 10;
const TIMEOUT_MS = RESTARTS * 60_000 + 60_000;

interface Asked {
  readonly place: SimulatedChannel;
  readonly text: string;
  readonly message?: SimulatedMessage;
  readonly interaction?: SimulatedInteraction;
}

describe.skipIf(WITHOUT_POSTGRES)(`new processes that take over from old ones${NEEDS_POSTGRES}`, () => {
  let server: PostgresServer;
  let discord: DiscordSimulator;
  let bedrock: BedrockSimulator;
  const started: ParleyProcess[] = [];

  beforeAll(async () => {
    [server, discord, bedrock] = await Promise.all([startPostgres(), startDiscordSimulator({ rateLimits: 'off' }), startBedrockSimulator()]);
  });
  afterAll(async () => {
    for (const { child } of started) child.kill('SIGKILL');
    await Promise.all(started.map(({ ended }) => ended));
    await Promise.all([discord.close(), bedrock.close(), server.remove()]);
  });

  const answersTo = ({ place, message, interaction }: Asked): string[] =>
    message === undefined
      ? [interaction?.response, ...(interaction?.followUps ?? [])].map((response) => response?.content ?? '')
      : place.fromBot.filter(({ referenceId, deleted }) => referenceId === message.id && !deleted).map(({ content }) => content);
  const isAnswered = (asked: Asked): boolean => answersTo(asked).some((text) => text.endsWith('The end.'));
  /** Discord has told its member that nobody answered within three seconds. */
  const isUnheard = ({ interaction }: Asked): boolean => interaction?.failed === true;

  it(
    'under load leave no question without its one answer, and begin one session for each',
    async () => {
      const url = await server.freshDatabase();
      const begin = async (says: RegExp): Promise<ParleyProcess> => {
        // Sessions wait their turn by themselves, and commands are on their way.
        const one = startProcess({ discord: { token: discord.token, apiUrl: discord.apiUrl, advance: async () => undefined }, bedrock }, freshFolder(), { STORE_URL: url });
        started.push(one);
        await expect.poll(() => one.output()).toMatch(says);
        return one;
      };
      const ana = discord.addUser({ name: 'ana', globalName: 'Ana' });
      const guild = discord.addGuild({ members: [ana] });
      const places = Array.from({ length: 12 }, (_, index) => guild.addChannel({ name: `busy-${index}` }));
      bedrock.respond((request) => ({ text: `You said: ${request.body?.messages.at(-1)?.content.at(-1)?.text ?? ''}. ${'And so on. '.repeat(40)}The end.`, deltas: { size: 10 }, deltaDelayMs: 60 }));
      let current = await begin(/commands (?:are )?registered/u);
      const before = discord.gateway.identifies.length;

      const asked: Asked[] = [];
      const going = { isOver: false };
      const asking = (async () => {
        for (let index = 0; !going.isOver; await sleep(ASK_EVERY_MS)) {
          if (asked.filter((one) => !isAnswered(one) && !isUnheard(one)).length >= MOST_OPEN) continue;
          const place = places[index % places.length] as SimulatedChannel;
          const text = `question ${index}`;
          asked.push({ text, place, ...(index % 3 === 0 ? { interaction: ana.runCommand(place, 'ask', { prompt: text }) } : { message: ana.say(place, `${discord.botUser.mention} ${text}`) }) });
          index += 1;
        }
      })();
      /** How long what people see of an answer that grows has not changed, in milliseconds. */
      const seen = new Map<Asked, { text: string; at: number }>();
      let stoodStill = 0;
      const watching = setInterval(() => {
        for (const one of asked) {
          const text = answersTo(one).join('\n');
          const last = seen.get(one);
          if (last !== undefined && text !== '' && !isAnswered(one)) stoodStill = Math.max(stoodStill, performance.now() - last.at);
          if (last?.text !== text) seen.set(one, { text, at: performance.now() });
        }
      }, 50);

      for (let restart = 0; restart < RESTARTS; restart += 1) {
        const next = await begin(/standing by/u);
        current.child.kill('SIGTERM');
        expect(await current.ended).toBe(0);
        await expect.poll(() => next.output()).toMatch(/"msg":"ready"/u);
        current = next;
      }
      going.isOver = true;
      await asking;
      await expect.poll(() => asked.filter((one) => !isAnswered(one) && !isUnheard(one)).map((one) => [one.text, answersTo(one)])).toEqual([]);
      clearInterval(watching);

      expect(asked.length).toBeGreaterThan(RESTARTS * 3);
      const heard = asked.filter((one) => !isUnheard(one));
      for (const one of heard) expect([one.text, answersTo(one).map((text) => text.match(/question \d+/u)?.[0])]).toEqual([one.text, [one.text]]);
      for (const one of asked.filter(isUnheard)) expect([one.text, answersTo(one)]).toEqual([one.text, ['']]);
      // One session for each that took over.
      expect(discord.gateway.identifies.length - before).toBe(RESTARTS);
      console.log(`${RESTARTS} restarts, ${asked.length} questions, ${asked.length - heard.length} commands unheard; the longest that an answer stood still: ${Math.round(stoodStill)} ms`);
      if (FIGURE === undefined) return;
      expect(heard).toHaveLength(asked.length);
      expect(stoodStill).toBeLessThan(5_000);
    },
    TIMEOUT_MS,
  );
});
