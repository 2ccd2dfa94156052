import { PermissionFlagsBits } from 'discord-api-types/v10';
import { describe, expect, it } from 'vitest';
import { beginAnswer } from './begin-answer.ts';
import { freshChannel } from './fresh-channel.ts';
import { freshMember } from './fresh-member.ts';
import { ledgerRow } from './ledger-row.ts';
import { buttonsOf, press, privateReplies } from './pressing.ts';
import { shareWorld } from './shared-world.ts';
import type { SimulatedChannel, SimulatedMessage, SimulatedUser } from '../simulators/discord.ts';
import type { World } from '../start-parley.ts';

let world: World;
let storeUrl: string;
shareWorld({ discord: { rateLimits: 'off' } }, (opened, url) => {
  [world, storeUrl] = [opened, url];
});

const OPEN = 'I was interrupted before I could finish this. Please ask it again.';
const TOLD = 'Discord did not let me answer in';

/** What is left of a draft to which nobody can write any more: its end is told directly, and its row closed. */
const expectTold = async (question: SimulatedMessage, draft: SimulatedMessage, asker: SimulatedUser): Promise<void> => {
  expect(await world.outcome(question.id)).toMatchObject({ outcome: 'failed' });
  await expect.poll(() => asker.dm.fromBot.map(({ content }) => content)).toEqual([expect.stringContaining(TOLD)]);
  await expect.poll(() => ledgerRow(storeUrl, question.id)).toMatch(/"state":"(?:failed|refused)"/u);
  expect([draft.content, buttonsOf(draft)]).toEqual(['Once upon', ['Stop']]);
};

const expectStopped = async (draft: SimulatedMessage, asker: SimulatedUser): Promise<void> => {
  const pressed = await press(asker, draft, 'Stop');
  await world.discord.waitFor(() => buttonsOf(draft).length === 0);
  expect([draft.content, privateReplies(pressed)]).toEqual([`Once upon\n-# ⚠️ ${OPEN}`, []]);
};

describe('the Stop of an answer whose place was taken from us half-way', () => {
  const places: readonly (readonly [name: string, open: (asker: SimulatedUser) => SimulatedChannel, take: (place: SimulatedChannel) => void, giveBack: ((place: SimulatedChannel) => void) | undefined])[] = [
    ['the channel is hidden', () => freshChannel(world), (place) => place.denyBot(PermissionFlagsBits.ViewChannel), undefined],
    ['the bot is sent away', (asker) => world.discord.addGuild({ name: 'Elsewhere', members: [asker] }).addChannel({ name: 'tea' }), (place) => place.guild?.kickBot(), undefined],
    [
      'the thread is closed, and opened again',
      (asker) => asker.startThread(freshChannel(world), { name: 'tea' }),
      (place) => place.archive({ locked: true }),
      (place) => {
        place.unarchive();
        place.lock(false);
      },
    ],
  ];
  it.each(places)('ends it with its first press: %s', async (_name, open, take, giveBack) => {
    const asker = freshMember(world);
    const place = open(asker);
    const { question, draft } = await beginAnswer(world, place, { asker });
    take(place);
    await expectTold(question, draft, asker);
    giveBack?.(place);
    await expectStopped(draft, asker);
  });

  it('ends it also where direct messages were switched off meanwhile', async () => {
    const asker = freshMember(world);
    const { draft } = await beginAnswer(world, asker.dm, { asker });
    // Until the next process has come to it, nobody writes it.
    const outage = world.discord.faults.add({ route: 'GET /channels/:id/messages', does: { status: 503 } });
    await world.restart({ DISCORD_ALLOW_DMS: 'false' }, 0);
    const pressed = await press(asker, draft, 'Stop');
    await world.discord.waitFor(() => privateReplies(pressed).length > 0);
    expect(privateReplies(pressed)).toEqual(['I was interrupted while I wrote this. It ends here as soon as I come back to it.']);
    outage.remove();
    await world.discord.waitFor(() => draft.content === 'Once upon\n-# Stopped.', 60_000);
    await world.restart();
  }, 120_000);
});
