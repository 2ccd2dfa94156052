import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { freshFolder, startProcess } from './parley-process.ts';
import { press } from './discord/pressing.ts';
import { manualStream, startBedrockSimulator } from './simulators/bedrock.ts';
import { startDiscordSimulator } from './simulators/discord.ts';
import type { ParleyProcess } from './parley-process.ts';
import type { BedrockSimulator } from './simulators/bedrock.ts';
import type { DiscordSimulator, SimulatedChannel, SimulatedInteraction, SimulatedMessage, SimulatedUser } from './simulators/discord.ts';

/** How far each process's clock is ahead, in milliseconds. */
const CLOCKS = [-300_000, 300_000];
const SHIFTED_CLOCK = join(import.meta.dirname, 'chaos/shifted-clock.mjs');

const folder = freshFolder();
let discord: DiscordSimulator;
let bedrock: BedrockSimulator;
let processes: ParleyProcess[] = [];
beforeAll(async () => {
  [discord, bedrock] = await Promise.all([startDiscordSimulator({ maxConcurrency: 100, rateLimits: 'off' }), startBedrockSimulator()]);
  bedrock.respond({ text: 'Certainly.' });
});
afterAll(async () => {
  for (const { child } of processes) child.kill('SIGKILL');
  await Promise.all(processes.map(({ ended }) => ended));
  expect(discord.unexpectedRequests).toEqual([]);
  await Promise.all([discord.close(), bedrock.close()]);
});

const startBoth = async (): Promise<void> => {
  processes = CLOCKS.map((aheadMs) => {
    const clock = join(folder, `clock${aheadMs}`);
    writeFileSync(clock, String(aheadMs));
    return startProcess({ discord, bedrock }, folder, { NODE_OPTIONS: `--import ${SHIFTED_CLOCK}`, CHAOS_CLOCK_FILE: clock });
  });
  await Promise.all(processes.map((one) => one.ready()));
};

/** Lines of both logs that say what became of a question. */
const outcomes = (): { questionId: string; outcome: string }[] =>
  processes.flatMap((one) =>
    one
      .output()
      .split('\n')
      .filter((line) => line.includes('"outcome"'))
      .map((line) => JSON.parse(line) as { questionId: string; outcome: string }),
  );
const ended = (...ids: string[]) => expect.poll(() => ids.filter((id) => !outcomes().some(({ questionId }) => questionId === id))).toEqual([]);

const shown = (place: SimulatedChannel): SimulatedMessage[] => place.fromBot.filter(({ deleted, ephemeral }) => !deleted && !ephemeral);
const answersTo = ({ id, channelId }: SimulatedMessage): string[] => (discord.channel(channelId)?.fromBot ?? []).filter(({ referenceId, deleted }) => referenceId === id && !deleted).map(({ content }) => content);
const responseOf = ({ response }: SimulatedInteraction): string => response?.content.split('\n').at(-1) ?? '';

it('two processes whose clocks are ten minutes apart give each question one outcome, also over a restart, and lose nothing of what was said', async () => {
  const ana = discord.addUser({ name: 'ana', globalName: 'Ana' });
  const bo = discord.addUser({ name: 'bo', globalName: 'Bo' });
  const guild = discord.addGuild({ members: [ana, bo] });
  const place = guild.addChannel({ name: 'general' });
  const asked: string[] = [];
  const mention = (user: SimulatedUser, text: string): SimulatedMessage => {
    asked.push(text);
    return user.say(place, `${discord.botUser.mention} ${text}`);
  };
  const command = (user: SimulatedUser, prompt: string): SimulatedInteraction => {
    asked.push(prompt);
    return user.runCommand(place, 'ask', { prompt });
  };
  await startBoth();

  // Mentions and commands, all at once and both in one conversation.
  const mentions = Array.from({ length: 6 }, (_, index) => mention(index % 2 === 0 ? ana : bo, `mention ${index}`));
  const commands = Array.from({ length: 4 }, (_, index) => command(index % 2 === 0 ? bo : ana, `command ${index}`));
  await ended(...[...mentions, ...commands].map(({ id }) => id));
  for (const question of mentions) expect(answersTo(question)).toEqual(['Certainly.']);
  for (const question of commands) expect(responseOf(question)).toBe('Certainly.');
  expect(shown(place)).toHaveLength(10);
  expect(bedrock.requestCount).toBe(10);

  // A press is one process's: Stop, and an answer anew, which takes the old one's place.
  const stream = manualStream();
  bedrock.respondOnce(stream.responder);
  const story = mention(ana, 'a long story');
  await stream.request;
  await stream.text('Once upon');
  const draft = await discord.waitFor(() => place.fromBot.find(({ referenceId }) => referenceId === story.id));
  const refused = (): number => discord.requests.filter(({ status }) => status >= 400).length;
  const before = refused();
  expect((await press(ana, draft, 'Stop')).acknowledgedAs).toBe('deferUpdate');
  await ended(story.id);
  expect(answersTo(story)).toHaveLength(1);
  expect(draft.content).toContain('Stopped.');
  const hello = ana.say(ana.dm, 'hello');
  await ended(hello.id);
  const calls = bedrock.requestCount;
  const again = await press(ana, draft, 'Regenerate');
  await ended(again.id);
  await discord.waitFor(() => draft.deleted);
  expect(answersTo(story)).toEqual(['Certainly.']);
  expect(bedrock.requestCount).toBe(calls + 1);
  // A second response to a press would have been refused.
  expect(refused()).toBe(before);

  // However often it is pressed: one may write it, whoever heard of which press.
  const answer = shown(place).find(({ referenceId }) => referenceId === story.id);
  if (answer === undefined) throw new Error('No answer');
  const rewriting = manualStream();
  bedrock.respondOnce(rewriting.responder);
  const presses = await Promise.all(Array.from({ length: 6 }, () => press(ana, answer, 'Regenerate')));
  await rewriting.request;
  await rewriting.text('Anew.');
  await rewriting.finish();
  await discord.waitFor(() => answer.deleted);
  const isTaken = presses.map(({ acknowledgedAs }) => acknowledgedAs === 'deferUpdate');
  expect(isTaken.filter(Boolean)).toHaveLength(1);
  await ended(presses[isTaken.indexOf(true)]?.id ?? '');
  expect(answersTo(story)).toEqual(['Anew.']);
  expect(bedrock.requestCount).toBe(calls + 2);
  expect(refused()).toBe(before);

  // Both are killed in the middle of an answer. That goes on, and what is said meanwhile is found, by one of them.
  const interrupted = manualStream();
  bedrock.respondOnce(interrupted.responder);
  const cut = mention(bo, 'what was interrupted');
  await interrupted.request;
  await interrupted.text('It was a');
  await discord.waitFor(() => place.fromBot.some(({ referenceId }) => referenceId === cut.id));
  for (const { child } of processes) child.kill('SIGKILL');
  await Promise.all(processes.map((one) => one.ended));
  const missed = [mention(ana, 'missed 1'), mention(bo, 'missed 2')];
  const direct = ana.say(ana.dm, 'missed in private?');
  await startBoth();
  await ended(cut.id, direct.id, ...missed.map(({ id }) => id));
  for (const question of [cut, direct, ...missed]) expect(answersTo(question)).toEqual(['Certainly.']);

  // Nothing comes late, either.
  const last = mention(ana, 'and all of it?');
  await ended(last.id);
  for (const question of [...mentions, hello, cut, direct, ...missed, last]) expect(answersTo(question)).toEqual(['Certainly.']);
  expect(answersTo(story)).toEqual(['Anew.']);
  for (const question of commands) expect(responseOf(question)).toBe('Certainly.');
  expect(shown(place)).toHaveLength(asked.length);
  const told = (bedrock.requests.at(-1)?.body?.messages ?? []).filter(({ role }) => role === 'user').map(({ content }) => content.at(-1)?.text);
  expect(told.toSorted()).toEqual(asked.toSorted());
}, 120_000);
