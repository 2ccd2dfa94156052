import { expect, it } from 'vitest';
import { HIDDEN_REPLY_TEXT } from '../../src/discord/texts/answer-texts.ts';
import { shareWorld } from './shared-world.ts';
import type { World } from '../start-parley.ts';

let world: World;
shareWorld({ discord: { rateLimits: 'off' } }, (opened) => {
  world = opened;
});

let places = 0;
const answerTo = async (text: string, attachments: { readonly name: string; readonly bytes: string }[] = []): Promise<string | undefined> => {
  const { ana, bo, discord, guild } = world;
  const place = guild.addChannel({ name: `hidden-${(places += 1)}` });
  const earlier = bo.say(place, 'my notes', { attachments });
  const question = ana.say(place, `${discord.botUser.mention} ${text}`, { replyTo: earlier });
  return (await discord.waitFor(() => place.fromBot.find(({ referenceId, content }) => referenceId === question.id && !content.startsWith('Thinking')))).content;
};

it.each([['a text', []], ['a file', [{ name: 'a.txt', bytes: 'notes' }]]])('without the intent for it, a reply to %s of somebody else says that it was not seen', async (_what, attachments) => {
  expect(await answerTo('what is in these?', attachments)).toBe(`Certainly.\n-# ${HIDDEN_REPLY_TEXT}`);
});

it('one that says nothing else is told how it can be asked', async () => {
  expect(await answerTo('')).toBe(HIDDEN_REPLY_TEXT);
});

it('a reply to what was said to us says nothing of the kind', async () => {
  const { ana, bo, discord, guild, outcome } = world;
  const place = guild.addChannel({ name: `hidden-${(places += 1)}` });
  const earlier = bo.say(place, `${discord.botUser.mention} my notes`);
  await outcome(earlier.id);
  const question = ana.say(place, `${discord.botUser.mention} and these?`, { replyTo: earlier });
  await outcome(question.id);
  expect(place.fromBot.find(({ referenceId }) => referenceId === question.id)?.content).toBe('Certainly.');
});
