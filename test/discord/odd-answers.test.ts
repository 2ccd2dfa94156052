import { describe, expect, it } from 'vitest';
import { manualStream } from '../simulators/bedrock.ts';
import { freshChannel } from './fresh-channel.ts';
import { letModerate } from './moderating.ts';
import { press, withoutQuestion } from './pressing.ts';
import { shareWorld } from './shared-world.ts';
import type { World } from '../start-parley.ts';

type Fields = Record<string, unknown>;
const isFields = (value: unknown): value is Fields => typeof value === 'object' && value !== null;

/** A message as Discord may have it, in which discord.js stumbles. */
const odd = (message: Fields): Fields => ({
  ...message,
  interaction: { id: '1', type: 2, name: 'ask' },
  interaction_metadata: { ...(message['interaction_metadata'] ?? { id: '1', type: 2 }), user: undefined, authorizing_integration_owners: undefined },
  resolved: { users: null, members: { 1: { roles: [] } } },
  call: null,
  thread: null,
  poll: null,
});
const oddAnswer = (body: unknown): unknown => {
  if (Array.isArray(body)) return body.map(oddAnswer);
  if (!isFields(body)) return body;
  if ('content' in body) return odd(body);
  const { resource } = body;
  return isFields(resource) && isFields(resource['message']) ? { ...body, resource: { ...resource, message: odd(resource['message']) } } : body;
};

let world: World;
shareWorld({ discord: { rateLimits: 'off', answersInstead: (_route, body) => oddAnswer(body) } }, (opened) => (world = opened));

describe('where Discord answers with messages that discord.js cannot read', () => {
  it('a question has one answer, by a message and by a command', async () => {
    const place = freshChannel(world);
    expect((await world.ask(world.ana, 'hello', place)).content).toBe('Certainly.');
    const interaction = world.ana.runCommand(place, 'ask', { prompt: 'hello' });
    expect(await world.outcome(interaction.id)).toMatchObject({ outcome: 'delivered' });
    expect(withoutQuestion(interaction.response?.content)).toBe('Certainly.');
    expect(place.fromBot).toHaveLength(2);
  });

  it('buttons work, and commands are answered', async () => {
    const place = freshChannel(world);
    const stream = manualStream();
    world.bedrock.respondOnce(stream.responder);
    const question = world.ana.say(place, `${world.discord.botUser.mention} hello`);
    await stream.request;
    await stream.text('The beginning');
    await world.discord.waitFor(() => place.fromBot.length === 1);
    await press(world.ana, place.fromBot[0]!, 'Stop');
    await world.outcome(question.id);
    expect(place.fromBot.map(({ content }) => content)).toEqual([expect.stringContaining('The beginning')]);
    const help = world.bo.runCommand(place, 'help');
    await expect.poll(() => help.response?.content).toContain('I answer questions');
  });

  it('a conversation moves into a thread', async () => {
    const place = freshChannel(world);
    letModerate(world.ana, place);
    await world.ask(world.ana, 'hello', place);
    const used = world.ana.runCommand(place, 'thread');
    await expect.poll(() => used.response?.content).toContain('goes on in this thread');
  });
});
