import { EventEmitter } from 'node:events';
import { describe, expect, it } from 'vitest';
import { trackRightBefore } from '../../src/discord/intake/right-before.ts';
import { HIDDEN_FORWARD_TEXT } from '../../src/discord/texts/answer-texts.ts';
import { shareWorld } from './shared-world.ts';
import { freshMember } from './fresh-member.ts';
import type { SimulatedChannel, SimulatedMessage } from '../simulators/discord.ts';
import type { World } from '../start-parley.ts';

const BURST = { BURST_SECONDS: '1.5' };
let world: World;
let blind: World;
/** What becomes of the event of what is passed on. */
let odd: Record<string, unknown> = {};
const sendsInstead = (event: string, data: unknown): unknown => (event === 'MESSAGE_CREATE' && (data as { message_reference?: { type?: number } }).message_reference?.type === 1 ? { ...(data as object), ...odd } : data);
shareWorld({ discord: { rateLimits: 'off', messageContentIntent: true, sendsInstead }, environment: { DISCORD_MESSAGE_CONTENT: 'true', ...BURST } }, (opened) => {
  world = opened;
});
shareWorld({ discord: { rateLimits: 'off' }, environment: BURST }, (opened) => {
  blind = opened;
});

let places = 0;
const fresh = (where = world): SimulatedChannel => where.guild.addChannel({ name: `right-before-${(places += 1)}` });

/** A message with a file, somewhere else. */
const original = (where = world): SimulatedMessage => where.bo.say(fresh(where), 'The harbour opens at nine.', { attachments: [{ name: 'map.txt', bytes: 'turn left' }] });

interface Told {
  readonly header: { readonly forwarded?: Record<string, unknown>; readonly in_reply_to?: Record<string, unknown>; readonly unseen?: readonly string[] };
  readonly text: string;
}
/** What the model was told with its last call. */
const told = (where = world): Told => {
  const content = (where.bedrock.requests.at(-1)?.body?.messages.at(-1)?.content ?? []) as readonly { readonly text?: string }[];
  return { header: JSON.parse(content[0]?.text ?? '{}') as Told['header'], text: content.map(({ text = '' }) => text).join('\n') };
};
const FORWARDED = { text: 'The harbour opens at nine.', files: ['map.txt'] };

describe('what somebody shows right before they call us', () => {
  it.each(['what does this mean?', ''])('belongs to the question: "%s"', async (text) => {
    const { ana, discord, bedrock } = world;
    const place = fresh();
    const before = bedrock.requestCount;
    ana.say(place, '', { forwardOf: original() });
    const question = ana.say(place, `${discord.botUser.mention} ${text}`);
    await world.outcome(question.id);
    expect(told().header.forwarded).toEqual(FORWARDED);
    expect(told().text.match(/turn left/gu)).toHaveLength(1);
    expect(bedrock.requestCount).toBe(before + 1);
    expect(place.fromBot).toMatchObject([{ referenceId: question.id, content: 'Certainly.' }]);
  });

  it.each([[''], ['my map']])('belongs to it where it is a file of their own, said with "%s"', async (text) => {
    const { ana, discord } = world;
    const place = fresh();
    ana.say(place, text, { attachments: [{ name: 'map.txt', bytes: 'turn left' }] });
    const question = ana.say(place, `${discord.botUser.mention} where am I?`);
    ana.say(place, 'roughly');
    await world.outcome(question.id);
    expect(told().header.in_reply_to).toEqual({ author: { id: ana.id, name: 'Ana' }, text, files: ['map.txt'] });
    expect(told().text.match(/turn left/gu)).toHaveLength(1);
    expect(told().text).toContain('where am I?\nroughly');
  });

  it.each([['The list:'], [`${'word '.repeat(390)}end`]])('belongs to it where it was to go on', async (text) => {
    const { ana, discord } = world;
    const place = fresh();
    ana.say(place, text);
    const question = ana.say(place, `and so on. ${discord.botUser.mention}`);
    await world.outcome(question.id);
    expect(told().header.in_reply_to).toEqual({ author: { id: ana.id, name: 'Ana' }, text });
    ana.say(place, 'That was it.');
    await world.outcome(ana.say(place, `${discord.botUser.mention} thanks`).id);
    expect(told().header).not.toHaveProperty('in_reply_to');
  });

  it('does not where it was said to others, or belongs to an earlier question', async () => {
    const { ana, bo, discord } = world;
    const { mention } = discord.botUser;
    const [place, other] = [fresh(), fresh()];
    ana.say(place, `${bo.mention} my map`, { attachments: [{ name: 'map.txt', bytes: 'turn left' }] });
    await world.outcome(ana.say(place, `${mention} where am I?`).id);
    expect(told().text).not.toContain('turn left');
    ana.say(other, '', { attachments: [{ name: 'map.txt', bytes: 'turn left' }] });
    const first = ana.say(other, `${mention} where am I?`);
    const second = ana.say(other, `${mention} and who am I?`);
    await Promise.all([world.outcome(first.id), world.outcome(second.id)]);
    expect(told().text).not.toContain('turn left');
    expect(JSON.stringify(world.bedrock.requests.at(-1)?.body).match(/turn left/gu)).toHaveLength(1);
  });

  it('does not where others did, where they reply to something else, and where it is gone', async () => {
    const { ana, bo, discord } = world;
    const { mention } = discord.botUser;
    const asked = async (say: (place: SimulatedChannel) => SimulatedMessage): Promise<Told['header']> => {
      await world.outcome(say(fresh()).id);
      return told().header;
    };
    const byOthers = await asked((place) => (bo.say(place, '', { forwardOf: original() }), ana.say(place, `${mention} what?`)));
    const replying = await asked((place) => {
      const other = bo.say(place, 'tea?');
      ana.say(place, '', { forwardOf: original() });
      return ana.say(place, `${mention} what?`, { replyTo: other });
    });
    const deleted = await asked((place) => {
      ana.delete(ana.say(place, '', { forwardOf: original() }));
      return ana.say(place, `${mention} what?`);
    });
    for (const header of [byOthers, replying, deleted]) expect(header).not.toHaveProperty('forwarded');
  });

  it('does not where it was long before', async () => {
    const { ana, discord } = world;
    const place = fresh();
    ana.say(place, '', { forwardOf: original() });
    discord.advance(2_000);
    await world.outcome(ana.say(place, `${discord.botUser.mention} what?`).id);
    expect(told().header).not.toHaveProperty('forwarded');
  });

  it('comes once where it comes behind the call, with more behind it', async () => {
    const { ana, discord } = world;
    const place = fresh();
    const question = ana.say(place, `${discord.botUser.mention} look:`);
    ana.say(place, '', { forwardOf: original() });
    ana.say(place, 'what does it mean?');
    await world.outcome(question.id);
    expect(told().header.forwarded).toEqual(FORWARDED);
    expect(told().text.match(/turn left/gu)).toHaveLength(1);
    expect(place.fromBot).toHaveLength(1);
  });

  it('is one question with what is said of it in a direct message, and asked once', async () => {
    const asker = freshMember(world);
    const before = world.bedrock.requestCount;
    const first = asker.say(asker.dm, '', { forwardOf: original() });
    asker.say(asker.dm, 'what does it mean?');
    await world.outcome(first.id);
    expect(world.bedrock.requestCount).toBe(before + 1);
    expect(told()).toMatchObject({ header: { forwarded: FORWARDED }, text: expect.stringContaining('what does it mean?') as string });
  });

  it('is not lost where the next process answers', async () => {
    const { ana, discord, bedrock } = world;
    const place = fresh();
    bedrock.respond({ text: 'Too late.', firstDelayMs: 100_000 });
    const before = bedrock.requestCount;
    ana.say(place, '', { forwardOf: original() });
    const question = ana.say(place, `${discord.botUser.mention} what does this mean?`);
    await expect.poll(() => bedrock.requestCount).toBe(before + 1);
    bedrock.respond({ text: 'Certainly.' });
    await world.restart({}, 0);
    await expect.poll(() => place.fromBot.filter(({ deleted }) => !deleted).map(({ content }) => content)).toEqual(['Certainly.']);
    expect(told().header.forwarded).toEqual(FORWARDED);
    expect(question.deleted).toBe(false);
  });

  it.each([{ message_snapshots: null }, { message_snapshots: {} }, { message_snapshots: [null] }, { message_snapshots: [{}] }, { message_snapshots: [{ message: null }] }, { message_snapshots: [{ message: { content: 5, embeds: null, attachments: 'x' } }] }, { author: null }, { embeds: 7, components: null }])(
    'keeps no question from its answer, whatever it is: %o',
    async (fields) => {
      const { ana, discord } = world;
      const place = fresh();
      odd = fields;
      ana.say(place, '', { forwardOf: original() });
      odd = {};
      await world.outcome(ana.say(place, `${discord.botUser.mention} what does this mean?`).id);
      expect(place.fromBot.at(-1)?.content).toMatch(/^Certainly/u);
    },
  );

  it('is told to be hidden where Discord shows us only what is said to us', async () => {
    const { ana, discord } = blind;
    const [place, other] = [fresh(blind), fresh(blind)];
    ana.say(place, '', { forwardOf: original(blind) });
    await blind.outcome(ana.say(place, `${discord.botUser.mention} what does this mean?`).id);
    expect(told(blind).header.unseen).toEqual(['the message that they passed on right before this one: Discord shows this bot only what is said to it']);
    expect(place.fromBot[0]?.content).toBe(`Certainly.\n-# ${HIDDEN_FORWARD_TEXT}`);
    ana.say(other, '', { forwardOf: original(blind) });
    ana.say(other, discord.botUser.mention);
    await discord.waitFor(() => other.fromBot[0]?.content === HIDDEN_FORWARD_TEXT);
  });
});

describe('what was said right before', () => {
  it('is heard of whatever an event says', () => {
    const ws = new EventEmitter();
    const { of } = trackRightBefore({ ws } as never, 1_500);
    for (const content of [1, {}, null, 'so:', ['x']])
      for (const id of ['x', '', '1'])
        for (const author of [undefined, null, 'x', { id: 5 }, { id: '7' }])
          for (const attachments of [undefined, null, {}, [1]]) ws.emit('MESSAGE_CREATE', { id, content, author, attachments, channel_id: '2', message_reference: null });
    const message = { inGuild: () => true, reference: null, id: '2', createdTimestamp: 1_420_070_400_000, channelId: '2', author: { id: '7' } };
    expect(of(message as never)).toMatchObject({ id: '1' });
    expect(of({ ...message, id: '3' } as never)).toBeUndefined();
  });
});
