import { DatabaseSync, StatementSync } from 'node:sqlite';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { answerTo } from './asking-again.ts';
import { freshChannel } from './fresh-channel.ts';
import { letModerate } from './moderating.ts';
import { turnsOf } from './pressing.ts';
import { buttonId, press, runCommand, wordsOn } from './settings-panel.ts';
import { shareWorld } from './shared-world.ts';
import type { SimulatedChannel, SimulatedInteraction, SimulatedMessage } from '../simulators/discord.ts';
import type { World } from '../start-parley.ts';

let world: World;
let path: string;
shareWorld({ discord: { rateLimits: 'off' } }, (opened, storeUrl) => {
  world = opened;
  path = storeUrl.replace('sqlite://', '');
});
afterEach(() => vi.restoreAllMocks());

const UNREACHABLE = 'I cannot reach my memory right now, and without it I cannot take questions. Please try again in a minute.';
const FULL = 'My memory has no room left, so I could not keep this. Please try again later; an admin has to make room on my disk.';

const open = async (place: SimulatedChannel): Promise<SimulatedMessage> => (await runCommand(world.ana, place, 'memory')).response!;
const push = (panel: SimulatedMessage, label: string): Promise<SimulatedInteraction> => press(world.ana, panel, buttonId(panel, label));
const told = (): (string | undefined)[] => turnsOf(world.bedrock.requests.at(-1)).map(([, text]) => text);
/** What a press says beside the panel, to whoever pressed alone. */
const saidBeside = async (panel: SimulatedMessage, label: string): Promise<readonly string[]> => {
  const before = JSON.stringify(panel.components);
  const pressed = await world.ana.click(panel, buttonId(panel, label)).settled();
  const beside = (): SimulatedMessage[] => [...(pressed.response === undefined || pressed.response === panel ? [] : [pressed.response]), ...pressed.followUps];
  await world.discord.waitFor(() => beside().some(({ content }) => content !== ''), 30_000);
  expect(beside().every(({ ephemeral }) => ephemeral)).toBe(true);
  // What can be pressed again stays.
  expect(JSON.stringify(panel.components)).toBe(before);
  return beside().map(({ content }) => content);
};

/** As SQLite says it, at every read or write of this process. */
const fail = (what: 'reads' | 'writes', errcode: number, errstr: string): void => {
  const failing = (): never => {
    throw Object.assign(new Error(errstr), { code: 'ERR_SQLITE_ERROR', errcode, errstr });
  };
  for (const name of what === 'writes' ? (['run'] as const) : (['all', 'get', 'iterate', 'run'] as const)) vi.spyOn(StatementSync.prototype, name).mockImplementation(failing);
};

describe('/memory while the store fails', () => {
  it('says in one sentence that nothing can be read, by the command and by each button, and goes on when it can', async () => {
    const place = freshChannel(world);
    letModerate(world.ana, place);
    await answerTo(world, 'one', place, 'one!');
    const panel = await open(place);
    fail('reads', 10, 'disk I/O error');
    expect((await open(place)).content).toBe(UNREACHABLE);
    for (const label of ['Undo last', 'Forget', 'Export to read', 'Export as JSON']) expect(await saidBeside(panel, label), label).toEqual([UNREACHABLE]);
    vi.restoreAllMocks();
    await push(panel, 'Undo last');
    expect(wordsOn(panel)).toContain('Done: I no longer remember');
    expect(world.fatal).toEqual([]);
  });

  it.each([
    ['the disk fails', 10, 'disk I/O error', UNREACHABLE],
    ['the disk is full', 13, 'database or disk is full', FULL],
  ])('undoes nothing and says so where %s, and what it shows is still true', async (_, code, words, sentence) => {
    const place = freshChannel(world);
    await answerTo(world, 'one', place, 'one!');
    const answer = await answerTo(world, 'two', place, 'two!');
    const panel = await open(place);
    fail('writes', code, words);
    expect(await saidBeside(panel, 'Undo last')).toEqual([sentence]);
    expect(wordsOn(await open(place))).toContain('2 questions and their answers');
    vi.restoreAllMocks();
    expect(answer.content).toBe('two!');
    await push(panel, 'Undo last');
    expect(wordsOn(panel)).toContain('Done: I no longer remember');
    await answerTo(world, 'three', place, 'three!');
    expect(told()).toEqual(['one', 'one!', 'three']);
  });

  it('forgets nothing and says so to its presser alone, where somebody else writes to the store all the time', async () => {
    const place = freshChannel(world);
    letModerate(world.ana, place);
    await answerTo(world, 'one', place, 'one!');
    const panel = await open(place);
    await push(panel, 'Forget');
    const others = place.visible(world.bo).length;
    {
      using lock = new DatabaseSync(path);
      lock.exec('BEGIN IMMEDIATE');
      const pressed = await world.ana.click(panel, buttonId(panel, 'Forget it all')).settled();
      await world.discord.waitFor(() => [wordsOn(panel), ...pressed.followUps.map(({ content }) => content)].some((text) => text.includes('cannot reach my memory')), 60_000);
      lock.exec('ROLLBACK');
    }
    expect(place.visible(world.bo)).toHaveLength(others);
    expect(wordsOn(await open(place))).toContain('1 question and its answer');
  });
});
