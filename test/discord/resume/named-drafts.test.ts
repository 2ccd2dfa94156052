import { expect, it } from 'vitest';
import { manualStream } from '../../simulators/bedrock.ts';
import { freshMember } from '../fresh-member.ts';
import { shareWorld } from '../shared-world.ts';
import type { World } from '../../start-parley.ts';

let world: World;
shareWorld({ discord: { rateLimits: 'off' } }, (opened) => (world = opened));

it('a draft that names its asker, because Discord took no reply, still does when the next process has ended it', async () => {
  const { discord, bedrock } = world;
  const [place, asker] = [world.guild.addChannel({ name: 'named' }), freshMember(world)];
  const stream = manualStream();
  bedrock.respondOnce(stream.responder);
  const isReply = ({ body }: { body: unknown }): boolean => (body as { message_reference?: unknown } | undefined)?.message_reference !== undefined;
  discord.faults.add({ route: 'POST /channels/:id/messages', when: isReply, does: { status: 404, body: {} } });
  const question = asker.say(place, `${discord.botUser.mention} tell me`);
  await stream.request;
  await stream.text('The beginning');
  const draft = await discord.waitFor(() => place.fromBot.find(({ content }) => content.includes('The beginning')));
  expect(draft).toMatchObject({ content: `<@${asker.id}>\nThe beginning`, referenceId: undefined });
  discord.faults.clear();
  bedrock.respond({ text: 'The beginning, and the end.' });
  await world.restart({}, 0);
  expect(await world.outcome(question.id)).toMatchObject({ outcome: 'delivered' });
  expect(place.fromBot.filter(({ deleted }) => !deleted)).toEqual([draft]);
  expect(draft.content).toBe(`<@${asker.id}>\nThe beginning, and the end.`);
});

it('a message that names its asker, and that Discord made without saying so, still does when its nonce has brought it back', async () => {
  const { discord, bedrock } = world;
  const [place, asker] = [world.guild.addChannel({ name: 'unseen' }), freshMember(world)];
  const stream = manualStream();
  bedrock.respondOnce(stream.responder);
  discord.faults.add({ route: 'POST /channels/:id/messages', times: 2, does: { status: 404, body: {} } });
  discord.faults.add({ route: 'POST /channels/:id/messages', times: 1, does: { status: 418, body: {}, applies: true } });
  const question = asker.say(place, `${discord.botUser.mention} tell me`);
  await stream.request;
  await stream.text('The beginning');
  const draft = await discord.waitFor(() => place.fromBot.find(({ content }) => content.includes('The beginning')));
  expect(draft).toMatchObject({ content: `<@${asker.id}>\nThe beginning`, referenceId: undefined });
  await stream.text(', and the end.');
  await stream.finish();
  expect(await world.outcome(question.id)).toMatchObject({ outcome: 'delivered' });
  expect(place.fromBot.filter(({ deleted }) => !deleted)).toEqual([draft]);
  expect(draft.content).toBe(`<@${asker.id}>\nThe beginning, and the end.`);
});
