import { beforeAll, expect, it } from 'vitest';
import { shareWorld } from './shared-world.ts';
import type { SimulatedUser } from '../simulators/discord.ts';
import type { World } from '../start-parley.ts';

let world: World;
shareWorld({ discord: { rateLimits: 'off' } }, (opened) => {
  world = opened;
});
beforeAll(() => world.restart({ USER_INSTALL_MEMBERS: `${world.ana.id}, ${world.bo.id}` }));

/** Asks in a direct message of several people, and resolves with what the model was told. */
const askAmong = async (people: readonly SimulatedUser[], user: SimulatedUser, prompt: string, isPrivate = false): Promise<readonly (string | undefined)[]> => {
  const place = world.discord.addPrivateChannel(people);
  await world.outcome(user.runCommand(place, 'ask', { prompt, private: isPrivate }).id);
  return world.bedrock.requests.at(-1)?.body?.messages.at(-1)?.content.map(({ text }) => text) ?? [];
};

it('in direct messages of several people the model is told who speaks, as in a channel', async () => {
  const people = [world.ana, world.bo, world.discord.addUser({ name: 'cleo' })];
  for (const [user, name, prompt] of [
    [world.ana, 'Ana', 'one?'],
    [world.bo, 'Bo', 'two?'],
  ] as const) {
    const [header, text] = await askAmong(people, user, prompt);
    expect(text).toBe(prompt);
    expect(JSON.parse(header ?? '')).toMatchObject({ speaker: { id: user.id, name } });
  }
});

it('what one of them asks in private has one speaker', async () => {
  expect(JSON.stringify(await askAmong([world.ana, world.bo], world.ana, 'alone?', true))).not.toContain('speaker');
});
