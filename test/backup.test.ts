import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { copyFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { freshFolder, startProcess } from './parley-process.ts';
import { manualStream, startBedrockSimulator } from './simulators/bedrock.ts';
import { startDiscordSimulator } from './simulators/discord.ts';
import type { ParleyProcess } from './parley-process.ts';
import type { BedrockSimulator } from './simulators/bedrock.ts';
import type { DiscordSimulator, SimulatedChannel, SimulatedUser } from './simulators/discord.ts';

const MAIN = join(import.meta.dirname, '../src/start.js');

let discord: DiscordSimulator;
let bedrock: BedrockSimulator;
let ana: SimulatedUser;
let place: SimulatedChannel;
let folder: string;
let parley: ParleyProcess;
beforeEach(async () => {
  [discord, bedrock] = await Promise.all([startDiscordSimulator(), startBedrockSimulator()]);
  bedrock.respond({ text: 'Certainly.' });
  ana = discord.addUser({ name: 'ana' });
  place = discord.addGuild({ members: [ana] }).addChannel();
  folder = freshFolder();
});
afterEach(async () => {
  parley.child.kill('SIGKILL');
  await Promise.all([discord.close(), bedrock.close()]);
});

const start = async (): Promise<void> => {
  parley = startProcess({ discord, bedrock }, folder);
  await parley.ready();
};

const ask = (text: string) => ana.say(place, `${discord.botUser.mention} ${text}`);
const answered = async (text: string, count: number): Promise<void> => {
  const question = ask(text);
  await discord.waitFor(() => place.fromBot.some(({ referenceId, content }) => referenceId === question.id && content === 'Certainly.'));
  await expect.poll(() => parley.output().split('question answered').length - 1).toBe(count);
};

/** `npm run backup -- TARGET`, without npm. */
const backUp = async (target: string): Promise<{ exitCode: number; output: string }> => {
  const child = spawn(process.execPath, [MAIN, 'backup', target, '--env-file', join(import.meta.dirname, 'no-settings.env')], { cwd: folder, env: {} });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (data: Buffer) => (output += data.toString()));
  const [exitCode] = (await once(child, 'close')) as [number];
  return { exitCode, output };
};

describe('a backup that was made while Parley ran', () => {
  it('brings back what was remembered, and answers nothing a second time', async () => {
    await start();
    await answered('My cat is called Mia.', 1);
    const stream = manualStream();
    bedrock.respondOnce(stream.responder);
    const story = ask('a long story');
    await stream.request;
    await stream.text('Once upon');
    await discord.waitFor(() => place.fromBot.some(({ referenceId }) => referenceId === story.id));
    const { exitCode, output } = await backUp('copy.sqlite');
    expect(output).toMatch(new RegExp(`^The store was copied to ${join(folder, 'copy.sqlite')} \\(\\d+ KiB\\), and the copy is sound\\.\\n$`, 'u'));
    expect(exitCode).toBe(0);
    expect(await backUp('copy.sqlite')).toMatchObject({ exitCode: 1, output: expect.stringContaining('is there already') });
    await stream.text(' a time.');
    await stream.finish();
    await answered('and after the backup?', 3);
    parley.child.kill('SIGTERM');
    expect(await parley.ended).toBe(0);
    const store = join(folder, 'data/parley.sqlite');
    writeFileSync(store, Buffer.alloc(statSync(store).size, 7));
    await startDamaged();
    // As the README says it.
    for (const ending of ['', '-wal', '-shm']) rmSync(`${store}${ending}`, { force: true });
    copyFileSync(join(folder, 'copy.sqlite'), store);
    const before = place.fromBot.map(({ id, content }) => [id, content]);
    const calls = bedrock.requestCount;
    await start();
    await answered('What is my cat called?', 1);
    expect(JSON.stringify(bedrock.requests.at(-1)?.body?.messages)).toContain('My cat is called Mia.');
    // The question that was open in the backup has been answered meanwhile, and so has the one behind it.
    expect(bedrock.requestCount).toBe(calls + 1);
    expect(place.fromBot.slice(0, -1).map(({ id, content }) => [id, content])).toEqual(before);
    expect(before.map(([, content]) => content)).toContain('Once upon a time.');
  });

  const startDamaged = async (): Promise<void> => {
    parley = startProcess({ discord, bedrock }, folder, { STARTUP_CHECK: 'true' });
    expect(await parley.ended).toBe(78);
    expect(parley.output()).toMatch(/parley\.sqlite/u);
  };
});
