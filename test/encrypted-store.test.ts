import { randomBytes } from 'node:crypto';
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { freshFolder, startProcess } from './parley-process.ts';
import { startBedrockSimulator } from './simulators/bedrock.ts';
import { startDiscordSimulator } from './simulators/discord.ts';
import type { ParleyProcess } from './parley-process.ts';
import type { BedrockSimulator } from './simulators/bedrock.ts';
import type { DiscordSimulator, SimulatedChannel, SimulatedUser } from './simulators/discord.ts';

let discord: DiscordSimulator;
let bedrock: BedrockSimulator;
let ana: SimulatedUser;
let place: SimulatedChannel;
let folder: string;
let parley: ParleyProcess | undefined;
beforeEach(async () => {
  [discord, bedrock] = await Promise.all([startDiscordSimulator(), startBedrockSimulator()]);
  bedrock.respond({ text: 'A fine name for a cat.' });
  ana = discord.addUser({ name: 'ana' });
  place = discord.addGuild({ members: [ana] }).addChannel();
  folder = freshFolder();
});
afterEach(async () => {
  parley?.child.kill('SIGKILL');
  await parley?.ended;
  await Promise.all([discord.close(), bedrock.close()]);
});

const start = (keys: Readonly<Record<string, string>>): ParleyProcess => (parley = startProcess({ discord, bedrock }, folder, keys));
const stop = async (): Promise<void> => {
  parley?.child.kill('SIGTERM');
  expect(await parley?.ended).toBe(0);
};
const ask = async (text: string): Promise<void> => {
  const question = ana.say(place, `${discord.botUser.mention} ${text}`);
  await discord.waitFor(() => place.fromBot.some(({ referenceId, content }) => referenceId === question.id && content === 'A fine name for a cat.'));
};
const stored = (): string => readdirSync(join(folder, 'data')).map((name) => readFileSync(join(folder, 'data', name), 'latin1')).join('');
const newKey = (): string => randomBytes(32).toString('base64');

it('nothing that was said is in the file, not even what was said before there was a key; and all of it is remembered, also with another key', async () => {
  const [first, second] = [newKey(), newKey()];
  await start({}).ready();
  await ask('my cat is called Mirabella');
  await stop();
  expect(stored()).toContain('Mirabella');

  await start({ STORE_ENCRYPTION_KEY: first }).ready();
  await expect.poll(() => parley?.output()).toContain('encrypted with the current key now');
  await ask('what is she called?');
  expect(JSON.stringify(bedrock.requests.at(-1)?.body)).toContain('Mirabella');
  // What was overwritten is gone from the file when it is quiet.
  await expect.poll(stored).not.toContain('Mirabella');
  await stop();

  await start({ STORE_ENCRYPTION_KEY: second, STORE_ENCRYPTION_OLD_KEY: first }).ready();
  await expect.poll(() => parley?.output()).toContain('encrypted with the current key now');
  await stop();
  await start({ STORE_ENCRYPTION_KEY: second }).ready();
  await ask('and again?');
  expect(JSON.stringify(bedrock.requests.at(-1)?.body)).toContain('Mirabella');
  expect(parley?.output()).not.toContain(second);
});

it.each([['another key', { STORE_ENCRYPTION_KEY: newKey() }], ['no key', {}]])('with %s the process ends with 78, says what to do, and has touched nothing, whether or not the start is checked', async (_name, keys) => {
  const key = newKey();
  await start({ STORE_ENCRYPTION_KEY: key }).ready();
  await ask('my cat is called Mirabella');
  await stop();
  for (const check of ['true', 'false']) {
    const wrong = start({ ...keys, STARTUP_CHECK: check });
    expect(await wrong.ended).toBe(78);
    expect(wrong.output()).toContain('STORE_ENCRYPTION_KEY');
    expect(wrong.output()).not.toMatch(/^\s+at /mu);
  }
  await start({ STORE_ENCRYPTION_KEY: key }).ready();
  await ask('what is she called?');
  expect(JSON.stringify(bedrock.requests.at(-1)?.body)).toContain('Mirabella');
});

it('a key that is none is told at once, without it', async () => {
  const wrong = start({ STORE_ENCRYPTION_KEY: 'correct-horse-battery-staple' });
  expect(await wrong.ended).toBe(78);
  expect(wrong.output()).toContain('STORE_ENCRYPTION_KEY must be 32 random bytes in base64 or hex');
  expect(wrong.output()).not.toContain('correct-horse');
});
