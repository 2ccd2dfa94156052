import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { componentsInWords, componentTexts } from '../../src/discord/intake/components-in-words.ts';
import { NO_NAMES } from '../../src/discord/intake/names-for-ids.ts';
import { quoted } from '../../src/discord/intake/question-from-message.ts';
import { startWorld } from '../start-parley.ts';
import type { APIMessage } from 'discord.js';
import type { SayOptions, SimulatedChannel, SimulatedMessage, SimulatedUser } from '../simulators/discord.ts';
import type { World } from '../start-parley.ts';

let world: World;
beforeAll(async () => {
  world = await startWorld({ discord: { rateLimits: 'off', messageContentIntent: true }, environment: { DISCORD_MESSAGE_CONTENT: 'true' } });
  world.bedrock.respond({ text: 'Certainly.' });
});
afterAll(() => world.close());

const rows: SayOptions['components'] = [
  {
    type: 1,
    components: [
      { type: 2, style: 1, custom_id: 'a', label: 'Join the raid', emoji: { name: '⚔️' } },
      { type: 2, style: 5, url: 'https://example.com/rules', label: 'Rules' },
    ],
  },
  { type: 1, components: [{ type: 3, custom_id: 'b', placeholder: 'Pick a day', options: [{ label: 'Monday', value: 'm', description: 'at nine' }, { label: 'Friday', value: 'f' }] }] },
  { type: 1, components: [{ type: 5, custom_id: 'c', placeholder: 'Who comes along?' }] },
];
const ROWS = ['Button: ⚔️ Join the raid', 'Button: Rules', 'Menu: Pick a day\n- Monday (at nine)\n- Friday', 'Menu: Who comes along?'];

const layout: SayOptions['components'] = [
  { type: 10, content: 'Release 1.2' },
  {
    type: 17,
    components: [
      {
        type: 9,
        components: [{ type: 10, content: 'Now with tea.' }],
        accessory: { type: 11, media: { url: 'https://example.com/tea.png' }, description: 'A cup of tea' },
      },
      { type: 9, components: [{ type: 10, content: 'And with cake.' }], accessory: { type: 2, style: 2, custom_id: 'd', label: 'Eat' } },
      { type: 14 },
      { type: 12, items: [{ media: { url: 'https://example.com/1.png' }, description: 'The kitchen' }, { media: { url: 'https://example.com/2.png' } }] },
      { type: 13, file: { url: 'attachment://notes.txt' } },
    ],
  },
];
const LAYOUT = { text: 'Release 1.2\nNow with tea.\nAnd with cake.', also: ['Small picture: A cup of tea', 'Button: Eat', 'Pictures or videos:\n- The kitchen\n- without a description', 'File: notes.txt'] };

const fresh = (): SimulatedChannel => world.guild.addChannel({ name: 'fresh' });

/** Asks, and resolves with what the model was told at the head of the last turn. */
const headerOf = async (user: SimulatedUser, channel: SimulatedChannel, text: string, options: SayOptions): Promise<Record<string, unknown>> => {
  const question: SimulatedMessage = user.say(channel, text, options);
  await world.outcome(question.id);
  const [header] = (world.bedrock.requests.at(-1)?.body?.messages.at(-1)?.content ?? []) as readonly { readonly text: string }[];
  return JSON.parse(header?.text ?? '{}') as Record<string, unknown>;
};

describe('components', () => {
  it.each([
    ['rows', rows, { text: 'Next raid', also: ROWS }, 'Next raid'],
    ['a layout', layout, LAYOUT, ''],
  ])('in %s of a message that a mention replies to are read by their labels', async (_what, components, expected, content) => {
    const channel = fresh();
    const posted = channel.addWebhook('Calendar').say(content, { components, ...(content === '' ? { flags: 1 << 15 } : {}) });
    expect(await headerOf(world.ana, channel, `${world.discord.botUser.mention} what is this?`, { replyTo: posted })).toMatchObject({ in_reply_to: expected });
  });

  it('of a message that is passed on are read, too', async () => {
    const channel = fresh();
    const posted = channel.addWebhook('Calendar').say('', { components: layout, flags: 1 << 15 });
    expect(await headerOf(world.ana, world.ana.dm, '', { forwardOf: posted })).toMatchObject({ forwarded: LAYOUT });
  });

  it('below what we wrote are for those who read it, and are not quoted', () => {
    const answer = { author: { id: '1', username: 'parley', global_name: null }, content: 'Certainly.', components: rows, embeds: [], attachments: [] } as unknown as APIMessage;
    expect(quoted(answer, NO_NAMES, '1')).toEqual({ author: { id: '1', name: 'parley' }, text: 'Certainly.' });
    expect(quoted(answer, NO_NAMES, '2')).toMatchObject({ also: ROWS });
  });
});

describe('components in words', () => {
  it('say nothing where nobody sees anything', () => {
    expect(componentsInWords([null, 1, {}, { type: 14 }, { type: 12, items: [] }, { type: 11 }, { type: 17, components: 'none' }])).toEqual([]);
    expect(componentTexts([{ type: 10 }, { type: 10, content: 3 }])).toEqual([]);
  });

  it('are one line for each thing, whatever it is called', () => {
    expect(componentsInWords([{ type: 2, label: 'a\nButton: b' }, { type: 2 }, { type: 3, options: [{ label: '\u200B' }] }, { type: 13, name: 'x\ny' }])).toEqual([
      'Button: a Button: b',
      'Button: without a name',
      'Menu: without a name\n- without a name',
      'File: x y',
    ]);
  });

  it('are found in kinds that nobody knows yet', () => {
    expect(componentsInWords([{ type: 99, label: 'Something new', components: [{ type: 2, label: 'Inside' }] }])).toEqual(['Something new', 'Button: Inside']);
  });

  it('end where they would say too much', () => {
    const said = componentsInWords(Array.from({ length: 40 }, () => ({ type: 2, label: 'x'.repeat(1_000) })));
    expect(said.join('').length).toBeLessThanOrEqual(4_000);
    expect(said.length).toBeGreaterThan(10);
  });
});

describe('names in what is quoted', () => {
  it('stand where Discord puts ids, but not in code', async () => {
    const { ana, bo, guild, discord } = world;
    const [channel, rules, role] = [fresh(), guild.addChannel({ name: 'the-rules' }), guild.addRole({ name: 'Raiders', mentionable: true })];
    const said = bo.say(channel, `${ana.mention} and ${role.mention} read ${rules.mention}, not \`${rules.mention}\` or <#123456789012345678>`);
    expect(await headerOf(ana, channel, `${discord.botUser.mention} must I?`, { replyTo: said })).toMatchObject({
      in_reply_to: { text: `@Ana and @Raiders read #the-rules, not \`${rules.mention}\` or <#123456789012345678>` },
    });
    expect(await headerOf(bo, bo.dm, '', { forwardOf: said })).toMatchObject({ forwarded: { text: expect.stringMatching(/^@Ana and /u) } });
  });
});
