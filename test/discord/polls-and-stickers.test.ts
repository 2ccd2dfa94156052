import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { partsInWords } from '../../src/discord/intake/parts-in-words.ts';
import { startWorld } from '../start-parley.ts';
import type { SayOptions, SimulatedChannel, SimulatedMessage, SimulatedUser } from '../simulators/discord.ts';
import type { World } from '../start-parley.ts';

let world: World;
beforeAll(async () => {
  world = await startWorld({ discord: { rateLimits: 'off', messageContentIntent: true }, environment: { DISCORD_MESSAGE_CONTENT: 'true' } });
  world.bedrock.respond({ text: 'Certainly.' });
});
afterAll(() => world.close());

const poll: NonNullable<SayOptions['poll']> = {
  question: { text: 'Where do we eat?' },
  answers: [
    { answer_id: 1, poll_media: { text: 'The harbour', emoji: { id: null, name: '⚓' } } },
    { answer_id: 2, poll_media: { text: 'At home' } },
  ],
  expiry: '2030-01-01T00:00:00.000000+00:00',
  allow_multiselect: false,
  layout_type: 1,
};
const ended = { ...poll, results: { is_finalized: true, answer_counts: [{ id: 2, count: 3, me_voted: false }] } };
const stickers = [
  { id: '749054660769218631', name: 'Wave', format_type: 3 },
  { id: '749054660769218632', name: 'Sleepy cat', format_type: 1 },
] as const;
const POLL = 'Poll: Where do we eat?\n- ⚓ The harbour\n- At home';

const fresh = (): SimulatedChannel => world.guild.addChannel({ name: 'fresh' });

/** Asks, and resolves with what the model was told at the head of the last turn. */
const headerOf = async (user: SimulatedUser, channel: SimulatedChannel, text: string, options: SayOptions): Promise<Record<string, unknown>> => {
  const question: SimulatedMessage = user.say(channel, text, options);
  await world.outcome(question.id);
  expect(channel.fromBot.findLast(({ referenceId }) => referenceId === question.id)?.content).toBe('Certainly.');
  const [header] = (world.bedrock.requests.at(-1)?.body?.messages.at(-1)?.content ?? []) as readonly { readonly text: string }[];
  return JSON.parse(header?.text ?? '{}') as Record<string, unknown>;
};

describe('polls and stickers', () => {
  it('of a question reach the model, also where it says nothing else', async () => {
    const { ana, discord } = world;
    const { mention } = discord.botUser;
    expect(await headerOf(ana, fresh(), mention, { poll })).toMatchObject({ also: [POLL] });
    expect(await headerOf(ana, fresh(), mention, { stickers })).toMatchObject({ also: ['Sticker: Wave', 'Sticker: Sleepy cat'] });
    expect(await headerOf(ana, ana.dm, '', { stickers: stickers.slice(0, 1) })).toEqual({ also: ['Sticker: Wave'], asked_at: expect.any(String) });
  });

  it('of the message that a mention replies to do, with the votes of a poll that has ended', async () => {
    const { ana, bo, discord } = world;
    const channel = fresh();
    const { mention } = discord.botUser;
    const asked = bo.say(channel, '', { poll: ended });
    expect(await headerOf(ana, channel, mention, { replyTo: asked })).toMatchObject({
      in_reply_to: { text: '', also: ['Poll (ended): Where do we eat?\n- ⚓ The harbour (0 votes)\n- At home (3 votes)'] },
    });
    const stuck = bo.say(channel, '', { stickers });
    expect(await headerOf(ana, channel, `${mention} why?`, { replyTo: stuck })).toMatchObject({ in_reply_to: { also: ['Sticker: Wave', 'Sticker: Sleepy cat'] } });
  });

  it('of a message that is passed on do', async () => {
    const { ana, bo } = world;
    const first = bo.say(world.channel, '', { stickers });
    expect(await headerOf(ana, ana.dm, '', { forwardOf: first })).toMatchObject({ forwarded: { also: ['Sticker: Wave', 'Sticker: Sleepy cat'] } });
  });

  it('and voice messages, which nobody hears here', async () => {
    const { ana, bo, discord } = world;
    const voice = [{ name: 'voice-message.ogg', bytes: Buffer.concat([Buffer.from('OggS'), new Uint8Array(40).fill(254)]), voice: { seconds: 7.4, waveform: 'AAAA' } }];
    const told = { also: ['Voice message of 7 seconds, which you cannot hear'], left_out: [expect.stringMatching(/^voice-message\.ogg: /u)] };
    const spoken = ana.say(ana.dm, '', { attachments: voice, flags: 1 << 13 });
    await world.outcome(spoken.id);
    const [header] = (world.bedrock.requests.at(-1)?.body?.messages.at(-1)?.content ?? []) as readonly { readonly text: string }[];
    expect(JSON.parse(header?.text ?? '{}')).toMatchObject(told);
    expect(ana.dm.fromBot.at(-1)?.content).toMatch(/^Certainly\.\n-# .*voice-message\.ogg/u);
    const channel = fresh();
    const asked = bo.say(channel, '', { attachments: voice, flags: 1 << 13 });
    const question = ana.say(channel, `${discord.botUser.mention} what do they say?`, { replyTo: asked });
    await world.outcome(question.id);
    const [quoting] = (world.bedrock.requests.at(-1)?.body?.messages.at(-1)?.content ?? []) as readonly { readonly text: string }[];
    expect(JSON.parse(quoting?.text ?? '{}')).toMatchObject({ in_reply_to: { also: told.also }, left_out: told.left_out });
  });

  it('and the cards that Discord shows below a link', async () => {
    const { ana, discord } = world;
    const there = world.guild.addChannel({ name: 'linked' });
    expect(await headerOf(ana, fresh(), `${discord.botUser.mention} https://example.com`, { embeds: [{ title: 'Example', description: `A domain, see ${there.mention}` }] })).toMatchObject({
      also: ['Card below the message: Example\nA domain, see #linked'],
    });
  });

  it('stay with a question that is asked anew', async () => {
    const { ana, discord } = world;
    const channel = fresh();
    await headerOf(ana, channel, discord.botUser.mention, { poll });
    expect(await headerOf(ana, channel, `${discord.botUser.mention} and you?`, {})).not.toHaveProperty('also');
    expect(JSON.stringify(world.bedrock.requests.at(-1)?.body?.messages[0])).toContain('Where do we eat?');
  });
});

describe('parts in words', () => {
  it('are one clean text each', () => {
    expect(partsInWords({})).toEqual([]);
    expect(partsInWords({ poll: null, sticker_items: null, attachments: [{}] })).toEqual([]);
    expect(partsInWords({ attachments: [{ waveform: 'AAA=', duration_secs: 12.4 }] })).toEqual(['Voice message of 12 seconds, which you cannot hear']);
    expect(partsInWords({ sticker_items: [{ name: '\u200B' }, { name: 'a\nb' }] })).toEqual(['Sticker: without a name', 'Sticker: a b']);
    expect(partsInWords({ poll: { question: { text: 'x\n- y' }, answers: [{ poll_media: { emoji: { name: '👍' } } }] } })).toEqual(['Poll: x - y\n- 👍']);
  });
});
