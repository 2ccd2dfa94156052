import { execFileSync } from 'node:child_process';
import { chmodSync, chownSync, existsSync, mkdirSync, mkdtempSync, readdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { openStore } from '../../src/store/open-store.ts';
import { judgeStore } from '../../src/store/judge-store.ts';
import { freshFolder, startProcess } from '../parley-process.ts';
import { startBedrockSimulator } from '../simulators/bedrock.ts';
import { startDiscordSimulator } from '../simulators/discord.ts';
import type { ParleyProcess } from '../parley-process.ts';
import type { BedrockSimulator } from '../simulators/bedrock.ts';
import type { DiscordSimulator } from '../simulators/discord.ts';

let discord: DiscordSimulator;
let bedrock: BedrockSimulator;
beforeAll(async () => {
  [discord, bedrock] = await Promise.all([startDiscordSimulator({ rateLimits: 'off' }), startBedrockSimulator()]);
});
afterAll(() => Promise.all([discord.close(), bedrock.close()]));
const running: ParleyProcess[] = [];
afterEach(() => {
  for (const { child } of running.splice(0)) child.kill('SIGKILL');
});

const start = (file: string, environment: Readonly<Record<string, string>> = {}): ParleyProcess => {
  const parley = startProcess({ discord, bedrock }, '/', { STARTUP_CHECK: 'true', STORE_URL: `sqlite://${file}`, ...environment });
  running.push(parley);
  return parley;
};

/** A user who is neither root nor anybody here. */
const SOMEBODY = 54_321;
const isRoot = process.getuid?.() === 0;
const NEEDS_ROOT = isRoot ? '' : ' (left out: only root can become somebody else)';

/** A folder that somebody else can get to. */
const openFolder = (): string => {
  const folder = mkdtempSync(join(tmpdir(), 'parley-store-'));
  chmodSync(folder, 0o755);
  return folder;
};

const makeFile = (folder: string, content: string | Uint8Array = ''): string => {
  const file = join(folder, 'parley.sqlite');
  writeFileSync(file, content);
  return file;
};

const makeStore = async (folder: string): Promise<string> => {
  const file = join(folder, 'parley.sqlite');
  const store = openStore(`sqlite://${file}`);
  await store.set('key', 'text', 60_000);
  await store.close();
  return file;
};

/** What stands where the store should be, and what is said of it. */
const HOPELESS: readonly (readonly [string, (folder: string) => string | Promise<string>, RegExp])[] = [
  ['a folder in its place', (folder) => (mkdirSync(join(folder, 'parley.sqlite')), join(folder, 'parley.sqlite')), /is a folder, and Parley needs a file there.+Move it away/u],
  ['a pipe in its place', (folder) => (execFileSync('mkfifo', [join(folder, 'pipe')]), join(folder, 'pipe')), /is no ordinary file.+Move it away/u],
  ['a device in its place', () => '/dev/null', /is no ordinary file/u],
  ['a text in its place', (folder) => makeFile(folder, 'These are notes, and no store.\n'.repeat(40)), /is a file of another kind.+Move it away/u],
  ['a picture in its place', (folder) => makeFile(folder, Buffer.from([0x89, 0x50, 0x4e, 0x47, ...Buffer.alloc(4_000, 7)])), /is a file of another kind/u],
  ['a file where its folder should be', (folder) => join(makeFile(folder), 'deeper', 'parley.sqlite'), /is a file, and Parley needs a folder there/u],
  ['a link to nowhere where its folder should be', (folder) => (symlinkSync(join(folder, 'gone'), join(folder, 'link')), join(folder, 'link', 'parley.sqlite')), /is a link to a place that is not there/u],
  ['a place where nothing can be made', () => '/proc/parley/parley.sqlite', /\/proc.+STORE_URL/u],
  ['a folder in the place of its log', async (folder) => {
    const file = await makeStore(folder);
    mkdirSync(`${file}-wal`);
    return file;
  }, /-wal is a folder/u],
];

describe('a store that can never work', () => {
  it.each(HOPELESS)('is told at the start: %s', async (_what, make, told) => {
    const file = await make(openFolder());
    expect(await judgeStore(`sqlite://${file}`)).toMatchObject({ is: 'hopeless', says: expect.stringMatching(/\.$/u) as string, cure: expect.stringMatching(/\.$/u) as string });
    const before = discord.gateway.identifies.length;
    const { ended, output } = start(file);
    expect(await ended).toBe(78);
    expect(output()).toMatch(told);
    expect(output()).not.toContain('"ready"');
    // Told once, and by nobody who would try again.
    expect(output().match(/STORE_URL/gu)?.length ?? 0).toBeLessThanOrEqual(1);
    expect(output()).not.toMatch(/try again|owners/u);
    expect(output()).not.toMatch(/\bat .*:\d+:\d+/u);
    expect(discord.gateway.identifies).toHaveLength(before);
  });

  it.runIf(isRoot).each<[string, (folder: string) => string | Promise<string>, RegExp]>([
    ['its folder', (folder) => join(folder, 'parley.sqlite'), /runs as uid 54321 and may not write into the folder .+ which belongs to uid 0 \(mode 755\).+Run as root: chown 54321/u],
    ['the folder that its folder is to be made in', (folder) => join(folder, 'data', 'parley.sqlite'), /Run as root: mkdir -p .+data && chown 54321 .+data/u],
    ['its file', async (folder) => {
      chmodSync(folder, 0o777);
      return makeStore(folder);
    }, /runs as uid 54321 and may not read and write the file .+parley\.sqlite, which belongs to uid 0 \(mode 600\)/u],
    ['its log', async (folder) => {
      const file = await makeStore(folder);
      writeFileSync(`${file}-wal`, '', { mode: 0o600 });
      for (const path of [folder, file]) chownSync(path, SOMEBODY, SOMEBODY);
      return file;
    }, /the file .+parley\.sqlite-wal, which belongs to uid 0/u],
    ['a folder above that nobody else may enter', (folder) => (chmodSync(folder, 0o700), join(folder, 'data', 'parley.sqlite')), /may not write into the folder .+ which belongs to uid 0 \(mode 700\)/u],
    ['the top of the machine', () => '/parley.sqlite', /belongs to uid 0.+Name a file in a folder of its own with STORE_URL/u],
    ['a folder of the whole machine', () => '/root/parley.sqlite', /the folder \/root, which belongs to uid 0.+Name a file in a folder of its own with STORE_URL/u],
    ['its own folder, which it may not write into', (folder) => {
      chownSync(folder, SOMEBODY, SOMEBODY);
      chmodSync(folder, 0o500);
      return join(folder, 'parley.sqlite');
    }, /belongs to uid 54321 \(mode 500\).+Run: chmod u\+rwx/u],
  ])(`names the user that it runs as, and whose it is: %s${NEEDS_ROOT}`, async (_what, make, told) => {
    const file = await make(openFolder());
    const parley = startProcess({ discord, bedrock }, '/', { STARTUP_CHECK: 'true', STORE_URL: `sqlite://${file}` }, SOMEBODY);
    running.push(parley);
    expect(await parley.ended).toBe(78);
    expect(parley.output()).toMatch(told);
    expect(parley.output()).not.toMatch(/chown 54321 \/(?:root)?;/u);
  });

  it('starts all the same where STARTUP_CHECK=false says so', async () => {
    const file = join(openFolder(), 'parley.sqlite');
    mkdirSync(file);
    const parley = start(file, { STARTUP_CHECK: 'false' });
    await parley.ready();
    expect(parley.child.exitCode).toBeNull();
  });
});

describe('a good store', () => {
  it('is made where there is none, and keeps nothing of the trial', async () => {
    const folder = freshFolder();
    const file = join(folder, 'new', 'parley.sqlite');
    const parley = start(file);
    await parley.ready();
    expect(existsSync(file)).toBe(true);
    const first = JSON.parse(parley.output().split('\n')[0] ?? '') as Record<string, unknown>;
    expect(first).toMatchObject({
      version: expect.stringMatching(/^\d+\.\d+\.\d+/u) as string,
      model: 'us.anthropic.claude-haiku-5-5',
      region: 'us-east-1',
      store: `sqlite://${file}`,
    });
    using database = new DatabaseSync(file, { readOnly: true });
    const keys = database.prepare("SELECT name FROM sqlite_master WHERE type = 'table'").all().flatMap(({ name }) => database.prepare(`SELECT * FROM "${String(name)}"`).all());
    expect(JSON.stringify(keys)).not.toContain('probe:');
    expect(readdirSync(folder)).toEqual(['new']);
  });

  it('is told with the address that invites the bot, where it is on no server', async () => {
    const lonely = await startDiscordSimulator({ rateLimits: 'off' });
    const parley = startProcess({ discord: lonely, bedrock }, freshFolder());
    running.push(parley);
    await parley.ready();
    expect(parley.output()).toContain(`https://discord.com/oauth2/authorize?client_id=${lonely.applicationId}&scope=bot+applications.commands&permissions=309237746752`);
    parley.child.kill('SIGKILL');
    await lonely.close();
  });

  it.each([[true], [false]])('says once that anybody may add the bot, where that is so (%s)', async (isPublic) => {
    const there = await startDiscordSimulator({ rateLimits: 'off' });
    there.setPublicBot(isPublic);
    const parley = startProcess({ discord: there, bedrock }, freshFolder());
    running.push(parley);
    await parley.ready();
    await there.waitFor(() => there.requests.some(({ path }) => path.endsWith('/applications/@me')));
    await expect.poll(() => parley.output().match(/Anybody may add this bot/gu)?.length ?? 0).toBe(isPublic ? 1 : 0);
    parley.child.kill('SIGKILL');
    await there.close();
  });
});

describe('a store that may work later', () => {
  it('is told once, shown beside the name and in /status, tried again, and all is well without a restart', async () => {
    const file = await makeStore(openFolder());
    const ana = discord.addUser({ name: 'ana' });
    const channel = discord.addGuild({ members: [ana] }).addChannel();
    bedrock.respond({ text: 'Certainly.' });
    const locked = new DatabaseSync(file);
    locked.exec('BEGIN EXCLUSIVE');
    const parley = start(file);
    await expect.poll(parley.output).toContain('has locked the store');
    await parley.ready();
    await expect.poll(() => discord.gateway.presences.at(-1)).toMatchObject({ status: 'idle', activities: [{ state: 'Degraded: my memory is out of reach' }] });
    const status = ana.runCommand(channel, 'status');
    await discord.waitFor(() => status.response !== undefined);
    expect(status.response?.content).toContain('**Degraded.**');
    locked.exec('COMMIT');
    locked.close();
    await expect.poll(parley.output).toContain('the store works now');
    await expect.poll(() => discord.gateway.presences.at(-1)).toMatchObject({ status: 'online', activities: [] });
    expect(parley.output().match(/has locked the store/gu)).toHaveLength(1);
    expect(parley.child.exitCode).toBeNull();
  });
});
