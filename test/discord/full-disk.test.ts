import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { startWorld } from '../start-parley.ts';
import { FAILING } from './asking-again.ts';
import { buttonsOf } from './pressing.ts';
import type { SimulatedMessage } from '../simulators/discord.ts';
import type { World } from '../start-parley.ts';

let folder: string;
let world: World;
const opened = new Set<DatabaseSync>();
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'parley-store-'));
  const { exec } = DatabaseSync.prototype;
  vi.spyOn(DatabaseSync.prototype, 'exec').mockImplementation(function (this: DatabaseSync, sql) {
    opened.add(this);
    exec.call(this, sql);
  });
  world = await startWorld({ environment: { STORE_URL: `sqlite://${join(folder, 'parley.sqlite')}` }, discord: { rateLimits: 'off' } });
  world.bedrock.respond({ text: 'Certainly.' });
});
afterEach(async () => {
  opened.clear();
  vi.restoreAllMocks();
  await world.close();
  rmSync(folder, { recursive: true });
});

/** From now on SQLite finds room for no further page in the file, as on a full disk; undefined: there is room. */
const limitPages = (pages: number | undefined): void => {
  for (const db of opened) if (db.isOpen) db.exec(`PRAGMA max_page_count = ${pages ?? 4_294_967_294}`);
};
const asked = (): string[] => (world.bedrock.requests.at(-1)?.body?.messages ?? []).map(({ content }) => content.at(-1)?.text ?? '');
const lines = (text: string): Record<string, unknown>[] => world.log.filter(({ message }) => String(message).includes(text));
const toOwner = (): string[] => world.discord.owner.dm.fromBot.map(({ content }) => content);

const NOT_REMEMBERED = 'Certainly.\n-# I could not remember this question and its answer, because my memory has no room left. An admin has to make room on my disk.';

it('a full disk: each question is answered, what is known stays known, the owner hears once, and all goes on with room again', async () => {
  const { ask, ana, bo, discord } = world;
  expect((await ask(ana, 'first')).content).toBe('Certainly.');
  limitPages(1);
  const connections = opened.size;
  for (const text of ['second', 'third', 'fourth']) {
    const before = lines('could not be remembered').length;
    const answer = await ask(ana, `${text} ${'x'.repeat(1_500)}`);
    // Whoever asked is told so below the answer, and is offered nothing that needs to be remembered.
    const isRemembered = lines('could not be remembered').length === before;
    expect(answer.content).toBe(isRemembered ? 'Certainly.' : NOT_REMEMBERED);
    expect(buttonsOf(answer)).toEqual(isRemembered ? ['Regenerate'] : []);
  }
  expect(lines('could not be remembered').length).toBeGreaterThan(0);
  // Reads go on: a full disk hides nothing.
  expect(asked()[0]).toBe('first');
  // Through the connection that was there: on a full disk no other can be opened.
  expect(opened.size).toBe(connections);
  await vi.waitFor(() => expect(toOwner()).toHaveLength(1), 20_000);
  expect(toOwner()[0]).toMatch(/^There is no room left on the disk for the store .* Make room on the disk, .* Until then I answer what I can, and remember nothing new\.$/u);
  expect(lines('There is no room left')).toHaveLength(1);
  await expect.poll(() => discord.gateway.presences.at(-1)).toMatchObject({ status: 'idle', activities: [{ state: 'Degraded: my memory has no room left' }] });
  expect(lines('the answer was shown but could not be remembered').every(({ kind }) => kind === 'store-full')).toBe(true);
  limitPages(undefined);
  await vi.waitFor(() => expect(lines('the store works again')).toHaveLength(1), { timeout: 20_000 });
  await expect.poll(() => discord.gateway.presences.at(-1)).toMatchObject({ status: 'online' });
  expect((await ask(bo, 'fifth')).content).toBe('Certainly.');
  expect((await ask(bo, 'sixth')).content).toBe('Certainly.');
  expect(asked().filter((text) => text === 'fifth')).toHaveLength(1);
  expect(toOwner()).toHaveLength(1);
  expect(world.fatal).toEqual([]);
});

/** Answers until one is not remembered: the file may have some room of its own left. */
const untilFull = async (askOnce: (text: string) => Promise<SimulatedMessage>): Promise<SimulatedMessage> => {
  for (let attempt = 0; attempt < 8; attempt += 1) {
    const before = lines('could not be remembered').length;
    const answer = await askOnce(`${attempt} ${'x'.repeat(1_500)}`);
    if (lines('could not be remembered').length > before) return answer;
  }
  throw new Error('All was remembered.');
};

it('a full disk: whoever asked is told so below a private answer, below a full message, and below a long one with its file', async () => {
  const { ask, ana, bedrock, channel, discord, outcome } = world;
  await ask(ana, 'first');
  limitPages(1);
  const inPrivate = await untilFull(async (prompt) => {
    const interaction = ana.runCommand(channel, 'ask', { prompt, private: true });
    await outcome(interaction.id);
    return interaction.response as SimulatedMessage;
  });
  expect(inPrivate.content).toBe(NOT_REMEMBERED);
  expect(buttonsOf(inPrivate)).toEqual([]);
  const full = `${'word '.repeat(390)}end.`;
  bedrock.respond({ text: full });
  const first = await untilFull((text) => ask(ana, text));
  const below = channel.fromBot.at(-1);
  expect(first.content).toBe(full);
  expect(buttonsOf(first)).toEqual([]);
  expect(below?.content).toMatch(/^-# I could not remember this question/u);
  bedrock.respond({ text: 'word '.repeat(3_000) });
  await ask(ana, 'third');
  const [withFile, last] = channel.fromBot.slice(-2);
  expect([...(withFile?.attachments ?? []), ...(last?.attachments ?? [])]).toHaveLength(1);
  expect(last?.content).toMatch(/-# I could not remember this question[^\n]*$/u);
  bedrock.respond({ text: 'Certainly.' });
  discord.faults.add({ method: 'PATCH', does: { status: 403, code: 50_013 } });
  expect((await ask(ana, 'fourth')).content).toBe('Certainly.');
});

it('a full disk: a question that failed and cannot be kept offers no button that would not work', async () => {
  const { ana, bedrock, channel, discord, outcome } = world;
  await world.ask(ana, 'first');
  limitPages(1);
  await untilFull((text) => world.ask(ana, text));
  bedrock.respondOnce(...FAILING);
  const question = ana.say(channel, `${discord.botUser.mention} second ${'x'.repeat(1_500)}`);
  expect(await outcome(question.id)).toMatchObject({ outcome: 'failed' });
  const told = channel.fromBot.at(-1) as SimulatedMessage;
  expect(told.content).toContain('Please try again');
  await discord.waitFor(() => buttonsOf(told).length === 0);
  expect(lines('buttons of an answer will not work')).not.toEqual([]);
});

it('a full disk: `/status` says so, commands are answered, and nothing says that questions are not taken', async () => {
  const { ask, ana, channel } = world;
  await ask(ana, 'first');
  limitPages(1);
  for (const text of ['second', 'third', 'fourth']) await ask(ana, `${text} ${'x'.repeat(1_500)}`);
  await vi.waitFor(() => expect(toOwner()).toHaveLength(1), 20_000);
  const status = ana.runCommand(channel, 'status');
  await vi.waitFor(() => expect(status.response?.content).toContain('My memory has no room left'), 20_000);
  const command = ana.runCommand(channel, 'ask', { prompt: 'third' });
  await vi.waitFor(() => expect(command.response?.content).toContain('Certainly.'), 20_000);
  expect(channel.fromBot.map(({ content }) => content).join()).not.toMatch(/cannot take questions|without it/u);
});
