import { PermissionFlagsBits } from 'discord-api-types/v10';
import { expect, it } from 'vitest';
import { manualStream } from '../simulators/bedrock.ts';
import { freshChannel } from './fresh-channel.ts';
import { freshMember } from './fresh-member.ts';
import { press } from './pressing.ts';
import { shareWorld } from './shared-world.ts';
import { whereAsked } from '../../src/discord/texts/answer-texts.ts';
import type { SimulatedChannel, SimulatedInteraction, SimulatedMessage, SimulatedUser } from '../simulators/discord.ts';
import type { World } from '../start-parley.ts';

let world: World;
shareWorld({ discord: { rateLimits: 'off' } }, (opened) => {
  world = opened;
});

const ask = (asker: SimulatedUser, place: SimulatedChannel, isPrivate: boolean): SimulatedInteraction =>
  asker.runCommand(place, 'ask', { prompt: 'a long story', ...(isPrivate ? { private: true } : {}) });

/** An answer that is being written there, known by what asked it. */
const begin = async (asked: () => { readonly id: string } | Promise<{ readonly id: string }>, isShown: (words: string) => boolean) => {
  const stream = manualStream();
  world.bedrock.respondOnce(stream.responder);
  const { id } = await asked();
  await stream.request;
  await stream.text('Half');
  await world.discord.waitFor(() => isShown('Half'));
  return { id, stream };
};

/** Deleting a channel takes away what only a token reaches, too: Discord says of both that the message is unknown. */
it.each([
  ['asked by a command', false, false, false],
  ['asked by a command where the bot may not write', false, true, false],
  ['asked in private', true, false, false],
  ['asked in private, before an event tells of it', true, false, true],
  ['asked where the bot may not write, before an event tells of it', false, true, true],
] as const)('an answer that was %s goes to its asker directly where its channel is deleted with it', async (_name, isPrivate, isHushed, isUnheard) => {
  const [place, asker] = [freshChannel(world), freshMember(world)];
  if (isHushed) place.denyBot(PermissionFlagsBits.SendMessages);
  let interaction: SimulatedInteraction | undefined;
  const { id, stream } = await begin(
    () => (interaction = ask(asker, place, isPrivate)),
    (words) => interaction?.response?.content.endsWith(words) === true,
  );
  if (isUnheard) world.discord.gateway.setDispatching(false);
  place.delete();
  if (isUnheard) {
    await stream.text(' of it.');
    await stream.finish();
  }
  await world.outcome(id);
  world.discord.gateway.setDispatching(true);
  expect(asker.dm.fromBot).toHaveLength(1);
  expect(asker.dm.fromBot[0]?.content).toContain(`Discord did not let me answer in ${whereAsked(place.id, id)}, so I do it here:`);
  expect(asker.dm.fromBot[0]?.content).toContain('Half');
});

it('so does another answer in the place of the first', async () => {
  const [place, asker] = [freshChannel(world), freshMember(world)];
  world.bedrock.respondOnce({ text: 'First.' });
  const first = ask(asker, place, true);
  await world.outcome(first.id);
  const message = first.response as SimulatedMessage;
  const { id } = await begin(
    () => press(asker, message, 'Regenerate'),
    (words) => message.content === words,
  );
  place.delete();
  await world.outcome(id);
  expect(asker.dm.fromBot).toHaveLength(1);
});

it('what somebody deleted alone is not said elsewhere', async () => {
  const [place, asker] = [freshChannel(world), freshMember(world)];
  let interaction: SimulatedInteraction | undefined;
  const { id, stream } = await begin(
    () => (interaction = ask(asker, place, true)),
    (words) => interaction?.response?.content === words,
  );
  asker.delete(interaction?.response as SimulatedMessage);
  await stream.text(' of it.');
  await world.outcome(id);
  expect(asker.dm.fromBot).toEqual([]);
});
