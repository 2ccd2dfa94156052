import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { beforeAll, beforeEach, expect, it } from 'vitest';
import { controlId } from '../../src/discord/controls/control-buttons.ts';
import { playEarlierConversation } from '../store/earlier-conversation.ts';
import { askAgain, answerTo } from './asking-again.ts';
import { buttonsOf, press, turnsOf } from './pressing.ts';
import { shareWorld } from './shared-world.ts';
import type { SimulatedChannel, SimulatedMessage } from '../simulators/discord.ts';
import type { World } from '../start-parley.ts';

/** What an earlier Parley has left behind, see `write-earlier-store.ts`. */
const RECORDS = readFileSync(join(import.meta.dirname, '../store/earlier-store.json'), 'utf8');

let world: World;
let path: string;
let thread: SimulatedChannel;
let idOf: ReadonlyMap<string, string>;
shareWorld({ discord: { rateLimits: 'off' } }, (opened, storeUrl) => {
  [world, path] = [opened, storeUrl.replace('sqlite://', '')];
});

interface Row {
  readonly key: string;
  readonly value: string;
}
const rows = (): Row[] => {
  using database = new DatabaseSync(path);
  return database.prepare("SELECT key, value FROM keyv WHERE key GLOB 'history:*'").all() as unknown as Row[];
};
const versionOf = (word: string): unknown => (JSON.parse(rows().find(({ key }) => key === `history:${idOf.get(word)}`)?.value ?? '{}') as { version?: unknown }).version;
const messageOf = (word: string): SimulatedMessage => world.channel.fromBot.find(({ id }) => id === idOf.get(word)) as SimulatedMessage;
const told = (): string[] => turnsOf(world.bedrock.requests.at(-1)).map(([, text]) => text ?? '');

/** The same conversation as people saw it then. */
beforeAll(async () => {
  const played = await playEarlierConversation(world);
  thread = played.thread;
  idOf = new Map([...played.words].map(([id, word]) => [word, id]));
});
/** And in the store what was stored of it then. */
beforeEach(async () => {
  await world.parley.stop(0);
  const records = RECORDS.replaceAll(/\b[A-Z]{2,}\d?\b/gu, (word) => idOf.get(word) ?? word).replaceAll(/(\\"askedAt\\":)\d+/gu, `$1${Date.now()}`);
  using database = new DatabaseSync(path);
  const [{ namespace, expires }] = database.prepare("SELECT namespace, expires FROM keyv WHERE key GLOB 'history:*'").all() as unknown as [{ namespace: string; expires: number }];
  database.exec("DELETE FROM keyv WHERE key GLOB 'history:*' OR key GLOB 'exchange:*' OR key GLOB 'answer:*' OR key GLOB 'pending:*'");
  const insert = database.prepare('INSERT INTO keyv (namespace, key, value, expires) VALUES (?, ?, ?, ?)');
  for (const { key, value } of JSON.parse(records) as Row[]) {
    const { questionId } = JSON.parse(value) as { questionId?: string };
    insert.run(namespace, key.startsWith('answer:') ? `answer:${controlId(questionId ?? '')}` : key, value, expires);
  }
  await world.restart();
});

it('what an earlier version has stored goes on: in its channel, its thread and in private', async () => {
  const { ana, bo } = world;
  await answerTo(world, 'and now?', world.channel, 'Certainly.', bo);
  expect(told()).toEqual(['a colour?', 'blue', 'a number?', 'one, two,', 'a cat?', 'Tom', 'and now?']);
  await answerTo(world, 'still here?', thread, 'Yes.');
  expect(told()).toEqual(['in here?', 'yes', 'still here?']);
  const secret = ana.runCommand(world.channel, 'ask', { prompt: 'and then?', private: true });
  await world.outcome(secret.id);
  expect(told()).toEqual(['between us?', 'a secret', 'and then?']);
  // Nothing in it needs a newer version yet.
  expect([versionOf('CHANNEL'), versionOf('THREAD')]).toEqual([3, 3]);
});

it('the buttons below its answers work: another answer stands beside the earlier one, and both can be turned to', async () => {
  const { ana, bo, channel, discord } = world;
  const old = messageOf('ANEW');
  await askAgain(world, ana, old, 'green');
  expect(told()).toEqual(['a colour?']);
  await discord.waitFor(() => old.deleted);
  const anew = channel.fromBot.findLast(({ deleted }) => !deleted) as SimulatedMessage;
  expect(buttonsOf(anew)).toEqual(['‹', '2/2', '›', 'Regenerate']);
  await press(ana, anew, '‹');
  await discord.waitFor(() => anew.content === 'blue');
  expect([versionOf('CHANNEL'), versionOf('THREAD')]).toEqual([4, 3]);

  world.bedrock.respondOnce({ text: 'three' });
  const rest = await press(bo, messageOf('ANSWER2'), 'Continue');
  await world.outcome(rest.id);
  expect(told().slice(0, 4)).toEqual(['a colour?', 'blue', 'a number?', 'one, two,']);

  await askAgain(world, ana, messageOf('NOTICE'), 'And that.', 'Try again');
  expect(told().at(-1)).toBe('and this?');
});

it('what a model refuses of it is set aside, by a version that says so', async () => {
  const model = 'us.anthropic.claude-haiku-5-5';
  world.bedrock.setModel(model, { refuses: { says: /^in here\?$/u, words: 'Invalid value for content.' } });
  await answerTo(world, 'and in here?', thread, 'Yes.');
  expect(versionOf('THREAD')).toBe(6);
  world.bedrock.setModel(model, { refuses: undefined });
  await answerTo(world, 'and now?', thread, 'Yes.');
  expect(told()).not.toContain('in here?');
});
