import { DatabaseSync } from 'node:sqlite';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { freshFolder, startProcess } from '../parley-process.ts';
import { startBedrockSimulator } from '../simulators/bedrock.ts';
import { startDiscordSimulator } from '../simulators/discord.ts';
import { recordsIn, writeInto } from './damage.ts';
import type { BedrockSimulator } from '../simulators/bedrock.ts';
import type { DiscordSimulator } from '../simulators/discord.ts';

let discord: DiscordSimulator;
let bedrock: BedrockSimulator;
beforeAll(async () => {
  [discord, bedrock] = await Promise.all([startDiscordSimulator(), startBedrockSimulator()]);
  bedrock.respond({ text: 'Certainly.' });
});
afterAll(async () => {
  await Promise.all([discord.close(), bedrock.close()]);
});

it('a record of a newer version ends the process with 78, and it, its question and the store are left to whoever can read them', async () => {
  const folder = freshFolder();
  const path = join(folder, 'data/parley.sqlite');
  const ana = discord.addUser({ name: 'ana' });
  const place = discord.addGuild({ members: [ana] }).addChannel({ name: 'general' });
  const ask = (text: string) => ana.say(place, `${discord.botUser.mention} ${text}`);
  const first = startProcess({ discord, bedrock }, folder);
  await first.ready();
  ask('hello');
  await expect.poll(() => recordsIn(path).map(({ key }) => key)).toContain(`history:${place.id}`);
  const head = recordsIn(path).find(({ key }) => key === `history:${place.id}`);
  if (head === undefined) throw new Error('nothing was remembered');
  const newer = { ...head, value: JSON.stringify({ version: 7, somethingNew: [head.value] }) };
  writeInto(path, newer);
  const question = ask('do you remember?');
  expect(await first.ended).toBe(78);
  expect(first.output()).toContain('is of version 7, which a newer Parley has written');
  expect(recordsIn(path).find(({ key }) => key === head.key)?.value).toBe(newer.value);
  expect(place.fromBot.filter(({ referenceId }) => referenceId === question.id)).toEqual([]);

  // As the later version finds it.
  writeInto(path, head);
  const later = startProcess({ discord, bedrock }, folder);
  await discord.waitFor(() => place.fromBot.some(({ referenceId, content }) => referenceId === question.id && content === 'Certainly.'), 15_000);
  later.child.kill('SIGTERM');
  expect(await later.ended).toBe(0);

  const before = recordsIn(path);
  using database = new DatabaseSync(path);
  database.exec('PRAGMA user_version = 2');
  const older = startProcess({ discord, bedrock }, folder);
  expect(await older.ended).toBe(78);
  expect(older.output()).toContain('a newer version of Parley has written to this store');
  expect(recordsIn(path)).toEqual(before);
});
