import { describe, expect, it } from 'vitest';
import { freshChannel } from './fresh-channel.ts';
import { freshMember } from './fresh-member.ts';
import { ledgerRow } from './ledger-row.ts';
import { withoutQuestion } from './pressing.ts';
import { REFUSALS, contents, expectNextAnswered } from './refusing.ts';
import { shareWorld } from './shared-world.ts';
import type { World } from '../start-parley.ts';

let world: World;
let storeUrl: string;
shareWorld({ discord: { rateLimits: 'off' } }, (opened, url) => {
  world = opened;
  storeUrl = url;
});

describe.each(REFUSALS)('a Discord that says %s', (_name, does, words) => {
  it('to a response gets a message of the channel, and nobody thinks for ever', async () => {
    const place = freshChannel(world);
    world.discord.faults.add({ route: /webhooks/u, method: 'PATCH', does });
    world.bedrock.respondOnce({ text: 'Slowly.', firstDelayMs: 600 });
    const interaction = world.ana.runCommand(place, 'ask', { prompt: 'tell me' });
    expect(await world.outcome(interaction.id)).toMatchObject({ outcome: 'delivered' });
    expect(contents(place).filter((content) => content !== '').map(withoutQuestion)).toEqual(['Slowly.']);
    await world.discord.waitFor(() => interaction.response?.deleted === true);
  });

  it('to the response in private gets a follow-up in private', async () => {
    const place = freshChannel(world);
    world.discord.faults.add({ route: /webhooks/u, method: 'PATCH', does });
    world.bedrock.respondOnce({ text: 'Slowly.', firstDelayMs: 600 });
    const interaction = world.ana.runCommand(place, 'ask', { prompt: 'tell me', private: true });
    expect(await world.outcome(interaction.id)).toMatchObject({ outcome: 'delivered' });
    // Discord takes the first follow-up for the response that was announced.
    expect([interaction.response, ...interaction.followUps].map((message) => [message?.content, message?.ephemeral])).toEqual([['Slowly.', true]]);
    expect(place.visible(world.bo).filter(({ author }) => author.bot)).toEqual([]);
  });

  it('to everything of a private interaction leads to a direct message, and nothing in public', async () => {
    const [place, asker] = [freshChannel(world), freshMember(world)];
    world.discord.faults.add({ route: /webhooks|interactions/u, does });
    const interaction = asker.runCommand(place, 'ask', { prompt: 'tell me', private: true });
    await world.outcome(interaction.id);
    expect(contents(asker.dm)).toEqual([expect.stringContaining('Certainly.')]);
    expect(place.fromBot).toEqual([]);
  });

  it('to everything everywhere ends in the log and the ledger, and the next question is answered', async () => {
    const [place, asker] = [freshChannel(world), freshMember(world)];
    world.discord.faults.add({ method: 'POST', route: /messages|channels/u, does });
    const question = asker.say(place, `${world.discord.botUser.mention} hello`);
    expect(await world.outcome(question.id)).toMatchObject({ outcome: 'failed', kind: 'undeliverable', reason: expect.stringMatching(words) });
    await expect.poll(() => ledgerRow(storeUrl, question.id)).toMatch(/"failed"/u);
    await expectNextAnswered(world, place);
  });
});
