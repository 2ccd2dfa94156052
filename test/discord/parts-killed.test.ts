import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import { startBedrockSimulator } from '../simulators/bedrock.ts';
import { startDiscordSimulator } from '../simulators/discord.ts';
import { freshFolder, startProcess } from '../parley-process.ts';
import type { BedrockSimulator } from '../simulators/bedrock.ts';
import type { DiscordSimulator, SimulatedGuild, SimulatedUser } from '../simulators/discord.ts';
import type { ParleyProcess } from '../parley-process.ts';

let discord: DiscordSimulator;
let bedrock: BedrockSimulator;
let guild: SimulatedGuild;
let ana: SimulatedUser;
beforeAll(async () => {
  [discord, bedrock] = await Promise.all([startDiscordSimulator({ rateLimits: 'off', maxConcurrency: 100, messageContentIntent: true }), startBedrockSimulator()]);
  ana = discord.addUser({ name: 'ana' });
  guild = discord.addGuild({ name: 'Test server', members: [ana] });
});
afterAll(async () => {
  expect(discord.unexpectedRequests).toEqual([]);
  await Promise.all([discord.close(), bedrock.close()]);
});

let folder: string;
let parley: ParleyProcess;
const start = async (): Promise<void> => {
  parley = startProcess({ discord, bedrock }, folder);
  await parley.ready();
};
const kill = async (): Promise<void> => {
  parley.child.kill('SIGKILL');
  await parley.ended;
  discord.faults.clear();
};
afterEach(kill);

const LATE_MS = 30_000;
const LONG = 'Tea is poured slowly while the kettle sings. '.repeat(110);

it.each([
  ['shorter', 'Certainly.', 1],
  ['as long', LONG, 3],
] as const)('a later message of an answer, of which the process did not know when it was killed, is not left behind: the next answer is %s', async (_how, text, messages) => {
  folder = freshFolder();
  await start();
  const place = guild.addChannel({ name: 'tea' });
  const said = (): string[] => place.fromBot.filter(({ deleted }) => !deleted).map(({ content }) => content);
  bedrock.respond({ text: LONG });
  const later = discord.faults.add({ route: 'POST /channels/:id/messages', when: () => said().length === 1, does: { delayMs: LATE_MS, when: 'after' } });
  // The process is killed before it hears of what it has made.
  ana.say(place, `${discord.botUser.mention} what is tea?`);
  await expect.poll(() => [later.hits > 0, said().length]).toEqual([true, 2]);
  bedrock.respond({ text });
  await kill();
  await start();
  await expect.poll(() => [said().length, said().join(' ').replaceAll(/\s+/gu, ' ').trim()]).toEqual([messages, text.trim()]);
}, 120_000);
