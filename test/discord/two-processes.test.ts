import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { beginAnswer } from './begin-answer.ts';
import { freshChannel } from './fresh-channel.ts';
import { letModerate } from './moderating.ts';
import { startWorld } from '../start-parley.ts';
import { press } from './pressing.ts';
import type { Parley } from '../../src/parley.ts';
import type { World } from '../start-parley.ts';

const STORE_URL = `sqlite://${join(mkdtempSync(join(tmpdir(), 'parley-')), 'store.sqlite')}`;
let world: World;
let second: Parley;
beforeAll(async () => {
  world = await startWorld({ environment: { STORE_URL }, discord: { rateLimits: 'off' } });
  world.bedrock.respond({ text: 'Certainly.' });
  world.discord.advance(5_000);
  second = await world.startSecond();
});
afterAll(async () => {
  await second.stop(0);
  await world.close();
});

const told = (): string[] => (world.bedrock.requests.at(-1)?.body?.messages ?? []).map(({ content }) => content.at(-1)?.text ?? '');

describe('two processes on one store', () => {
  it('both end what they answer in a conversation that is reset, and one of them says so', async () => {
    for (let round = 1; round <= 5; round += 1) {
      const place = freshChannel(world);
      letModerate(world.ana, place);
      world.bedrock.respond({ text: 'Too late.', firstDelayMs: 60_000 });
      const before = world.bedrock.requestCount;
      const questions = Array.from({ length: 8 }, (_, index) => world.bo.say(place, `${world.discord.botUser.mention} question ${index}`));
      await world.discord.waitFor(() => world.bedrock.requestCount > before);
      const reset = world.ana.runCommand(place, 'reset');
      await Promise.all(questions.map(({ id }) => world.outcome(id)));
      await world.discord.waitFor(() => (reset.response?.content ?? '') !== '');
      expect(reset.response?.content).toContain('I have forgotten this conversation');
      for (const { id } of questions) {
        expect(place.fromBot.filter(({ referenceId }) => referenceId === id).map(({ content }) => content), `round ${round}`).toEqual([
          `Stopped: <@${world.ana.id}> reset this conversation.`,
        ]);
      }
      world.bedrock.respond({ text: 'Certainly.' });
      await world.ask(world.ana, `and now, ${round}?`, place);
      const asked = world.bedrock.requests.map(({ body }) => body?.messages ?? []).filter((turns) => turns.at(-1)?.content.at(-1)?.text === `and now, ${round}?`);
      expect(asked.map((turns) => turns.length)).toEqual([1]);
    }
  });

  it('lose no exchange of a conversation that both answer in', async () => {
    for (let round = 1; round <= 10; round += 1) {
      const place = freshChannel(world);
      const asked = Array.from({ length: 6 }, (_, index) => ({ text: `question ${index}`, by: index % 2 === 0 ? world.ana : world.bo }));
      const questions = asked.map(({ text, by }) => by.say(place, `${world.discord.botUser.mention} ${text}`));
      await Promise.all(questions.map(({ id }) => world.outcome(id)));
      await world.ask(world.ana, 'and all of it?', place);
      expect(told().filter((text) => text.startsWith('question')).toSorted(), `round ${round}`).toEqual(asked.map(({ text }) => text));
      expect(place.fromBot).toHaveLength(7);
    }
  });

  it('handle a press once: Stop where the answer is written, and all others in one of them', async () => {
    for (let round = 1; round <= 5; round += 1) {
      const place = freshChannel(world);
      const { question, draft } = await beginAnswer(world, place);
      const refused = world.discord.requests.filter(({ status }) => status >= 400).length;
      const stopped = await press(world.ana, draft, 'Stop');
      await world.outcome(question.id);
      expect(stopped.acknowledgedAs).toBe('deferUpdate');
      expect(draft.content).toContain('Stopped.');
      const again = await press(world.ana, draft, 'Regenerate');
      await world.outcome(again.id);
      expect(place.fromBot.filter(({ deleted }) => !deleted).map(({ content }) => content)).toContain('Certainly.');
      const calls = world.bedrock.requestCount;
      letModerate(world.ana, place);
      const reset = world.ana.runCommand(place, 'reset', {});
      await world.discord.waitFor(() => (reset.response?.content ?? '') !== '');
      expect(reset.response?.content).toContain('I have forgotten this conversation');
      expect(world.bedrock.requestCount).toBe(calls);
      expect(world.discord.requests.filter(({ status }) => status >= 400)).toHaveLength(refused);
    }
  });
});
