import { InteractionContextType, InteractionType } from 'discord-api-types/v10';
import { expect, it } from 'vitest';
import { shareWorld } from './shared-world.ts';
import type { SimulatedUser } from '../simulators/discord.ts';
import type { World } from '../start-parley.ts';

let world: World;
shareWorld({ discord: { rateLimits: 'off' } }, (opened) => {
  world = opened;
});

let last = 0;

/** Uses /ask where the bot is not: in a direct message of several people. What becomes of its token, the simulator does not know. */
const askIn = (channelId: string, user: SimulatedUser, prompt: string, isPrivate = false): void => {
  const id = String(BigInt(world.channel.id) + BigInt((last += 1)));
  world.discord.gateway.dispatch('INTERACTION_CREATE', {
    id,
    application_id: world.discord.applicationId,
    type: InteractionType.ApplicationCommand,
    token: `a-token-${id}`,
    version: 1,
    channel_id: channelId,
    channel: { id: channelId, type: 3, name: 'us', recipients: [], last_message_id: null },
    context: InteractionContextType.PrivateChannel,
    authorizing_integration_owners: { 1: user.id },
    user: { id: user.id, username: user.name, discriminator: '0', global_name: user.globalName, avatar: null },
    app_permissions: '0',
    locale: 'en-US',
    entitlements: [],
    attachment_size_limit: 10_000_000,
    data: { id: '1', type: 1, name: 'ask', options: [{ name: 'prompt', type: 3, value: prompt }, { name: 'private', type: 5, value: isPrivate }] },
  });
};

const asked = (prompt: string): Promise<readonly (string | undefined)[]> =>
  world.discord.waitFor(() => world.bedrock.requests.map(({ body }) => body?.messages.at(-1)?.content.map(({ text }) => text)).find((texts) => texts?.at(-1) === prompt));

it('in direct messages of several people the model is told who speaks, as in a channel', async () => {
  const place = String(BigInt(world.channel.id) + 1_000n);
  for (const [user, name, prompt] of [
    [world.ana, 'Ana', 'one?'],
    [world.bo, 'Bo', 'two?'],
  ] as const) {
    askIn(place, user, prompt);
    const [header] = await asked(prompt);
    expect(JSON.parse(header ?? '')).toMatchObject({ speaker: { id: user.id, name } });
  }
});

it('what one of them asks in private has one speaker', async () => {
  askIn(String(BigInt(world.channel.id) + 2_000n), world.ana, 'alone?', true);
  expect(JSON.stringify(await asked('alone?'))).not.toContain('speaker');
});
