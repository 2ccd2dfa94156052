import { once } from 'node:events';
import type { Message, TextChannel } from 'discord.js';
import { Events, MessageFlags, PermissionFlagsBits, Routes } from 'discord.js';
import { describe, expect, it } from 'vitest';
import { connect } from './discord/client.ts';
import { useOneChannel } from './discord/one-channel.ts';
import { refusal } from './discord/rest-client.ts';
import type { OneChannel } from './discord/one-channel.ts';

let here: OneChannel;
useOneChannel((opened) => {
  here = opened;
});

const button = (custom_id: string, more: object = {}) => ({ type: 2, style: 1, label: 'x', custom_id, ...more });
const row = (...components: object[]) => ({ type: 1, components });

describe('content', () => {
  it('is limited to 2,000 characters, with the tree of errors', async () => {
    await here.post('x'.repeat(2000));
    expect(await refusal(here.post('x'.repeat(2001)))).toEqual({
      status: 400,
      code: 50035,
      errors: { content: { _errors: [{ code: 'BASE_TYPE_MAX_LENGTH', message: 'Must be 2000 or fewer in length.' }] } },
    });
  });

  it('is trimmed, and must not be empty', async () => {
    await here.post('  hello \n');
    expect(here.channel.visible().map(({ content }) => content)).toEqual(['hello']);
    for (const nothing of ['', '  \n ', '\u200B', '\u200B \uFEFF']) {
      expect(await refusal(here.post(nothing))).toMatchObject({ status: 400, code: 50006 });
    }
    const { id } = await here.post('full');
    expect(await refusal(here.patch(id, { content: ' ' }))).toMatchObject({ code: 50006 });
  });

  it.each([
    ['an embed title', { embeds: [{ title: 'x'.repeat(257) }] }],
    ['an embed description', { embeds: [{ description: 'x'.repeat(4097) }] }],
    ['the sum of embeds', { embeds: [{ description: 'x'.repeat(4000) }, { description: 'x'.repeat(2001) }] }],
    ['26 fields', { embeds: [{ fields: Array.from({ length: 26 }, () => ({ name: 'a', value: 'b' })) }] }],
    ['an empty field', { embeds: [{ fields: [{ name: '', value: 'b' }] }] }],
    ['11 embeds', { embeds: Array.from({ length: 11 }, () => ({ title: 'x' })) }],
    ['6 rows', { components: Array.from({ length: 6 }, (_, index) => row(button(`b${index}`))) }],
    ['6 buttons in a row', { components: [row(...Array.from({ length: 6 }, (_, index) => button(`b${index}`)))] }],
    ['an empty row', { components: [row()] }],
    ['a long custom_id', { components: [row(button('x'.repeat(101)))] }],
    ['a button without custom_id', { components: [row({ type: 2, style: 1, label: 'x' })] }],
    ['a duplicate custom_id', { components: [row(button('same'), button('same'))] }],
    ['a long label', { components: [row(button('a', { label: 'x'.repeat(81) }))] }],
    ['a button without label', { components: [row(button('a', { label: undefined }))] }],
    ['26 options', { components: [row({ type: 3, custom_id: 's', options: Array.from({ length: 26 }, (_, i) => ({ label: 'l', value: `${i}` })) })] }],
    ['text displays without the flag', { components: [{ type: 10, content: 'x' }] }],
    ['content beside Components V2', { flags: MessageFlags.IsComponentsV2, components: [{ type: 10, content: 'x' }] }],
    ['a long nonce', { nonce: 'x'.repeat(26) }],
    ['a list of users beside parse', { allowed_mentions: { parse: ['users'], users: ['123456789012345678'] } }],
    ['an unknown parse', { allowed_mentions: { parse: ['all'] } }],
    ['an unknown reference', { message_reference: { message_id: '123456789012345678' } }],
  ])('is refused with 50035: %s', async (_what, body) => {
    const { status, code, errors } = await refusal(here.post({ content: 'text', ...body }));
    expect({ status, code }).toEqual({ status: 400, code: 50035 });
    expect(errors).toBeTypeOf('object');
  });

  it('may be Components V2 alone: 40 components, 4,000 characters', async () => {
    const flags = MessageFlags.IsComponentsV2;
    const display = (length: number) => ({ type: 10, content: 'x'.repeat(length) });
    const { id } = await here.post({ flags, components: [{ type: 17, components: [display(2000), display(2000)] }, row(button('a'))] });
    expect(await refusal(here.post({ flags, components: [display(2000), display(2001)] }))).toMatchObject({ code: 50035 });
    expect(await refusal(here.post({ flags, components: Array.from({ length: 41 }, () => display(1)) }))).toMatchObject({ code: 50035 });
    expect(await refusal(here.patch(id, { content: 'classic' }))).toMatchObject({ code: 50035 });
  });

  it('is kept as it was at each moment', async () => {
    const { id } = await here.post('one');
    await here.patch(id, { content: 'two', components: [row(button('stop'))] });
    await here.rest.delete(Routes.channelMessage(here.channel.id, id));
    const message = here.discord.message(id)!;
    expect(message.revisions.map(({ content, components }) => [content, components.length])).toEqual([['one', 0], ['two', 1]]);
    expect(message.revisions[0]!.at).toBeLessThan(message.revisions[1]!.at);
    expect(message).toMatchObject({ deleted: true, edited: true });
    expect(here.channel.visible()).toEqual([]);
    expect(here.discord.transcript(here.channel)).toContain('deleted');
  });
});

describe('a message is created once', () => {
  it('per nonce where that is enforced', async () => {
    const body = { content: 'once', nonce: 'n-1', enforce_nonce: true };
    const [first, again] = [await here.post(body), await here.post({ ...body, content: 'other' })];
    expect(again.id).toBe(first.id);
    expect(here.channel.fromBot.map(({ content }) => content)).toEqual(['once']);
    await here.post({ content: 'twice', nonce: 'n-1' });
    expect(here.channel.fromBot).toHaveLength(2);
  });

  it('for a few minutes only; after a deletion it is 10008', async () => {
    const body = { content: 'once', nonce: 42, enforce_nonce: true };
    const { id } = await here.post(body);
    await here.rest.delete(Routes.channelMessage(here.channel.id, id));
    expect(await refusal(here.post(body))).toMatchObject({ status: 404, code: 10008 });
    here.discord.advance(10 * 60_000);
    expect((await here.post(body)).id).not.toBe(id);
  });

  it('even where discord.js sends it again by itself', async () => {
    const client = await connect(here.discord, { enforceNonce: true });
    const target = client.channels.cache.get(here.channel.id) as TextChannel;
    const fault = here.discord.faults.add({ route: 'POST /channels/:id/messages', times: 2, does: 'apply-then-502' });
    const sent = await target.send('only once');
    expect(fault.hits).toBe(2);
    expect(here.discord.requestCounts.get('POST /channels/:id/messages')).toBe(3);
    expect(here.channel.fromBot.map(({ id }) => id)).toEqual([sent.id]);
    await client.destroy();
  });

  it('but twice where nothing is enforced', async () => {
    const client = await connect(here.discord);
    here.discord.faults.add({ route: 'POST /channels/:id/messages', times: 1, does: 'apply-then-reset' });
    await (client.channels.cache.get(here.channel.id) as TextChannel).send('doubled');
    expect(here.channel.fromBot).toHaveLength(2);
    await client.destroy();
  });
});

describe('who is pinged', () => {
  const kinds = () => here.discord.pings.map(({ kind, targetId, via }) => [kind, targetId, via].filter(Boolean).join(' '));

  it('everybody mentioned, by default', async () => {
    const role = here.guild.addRole({ mentionable: true });
    await here.post(`${here.ana.mention} ${role.mention} @everyone @here`);
    expect(kinds()).toEqual([`user ${here.ana.id} create`, `role ${role.id} create`, 'everyone create', 'here create']);
  });

  it('nobody in code, by unmentionable roles, or without the permission', async () => {
    const role = here.guild.addRole();
    here.guild.everyone.setPermissions(here.guild.everyone.permissions & ~PermissionFlagsBits.MentionEveryone);
    await here.post(`\`${here.ana.mention}\` \`\`\`\n${here.ana.mention}\n\`\`\` ${role.mention} @everyone`);
    expect(kinds()).toEqual([]);
  });

  it('nobody but those allowed', async () => {
    const ben = here.discord.addUser();
    here.guild.addMember(ben);
    const text = `${here.ana.mention} ${ben.mention} @everyone`;
    await here.post({ content: text, allowed_mentions: { parse: [] } });
    expect(kinds()).toEqual([]);
    const { id } = await here.post({ content: text, allowed_mentions: { users: [ben.id] } });
    expect(kinds()).toEqual([`user ${ben.id} create`]);
    const payload = (await here.rest.get(Routes.channelMessage(here.channel.id, id))) as { mentions: { id: string }[]; mention_everyone: boolean };
    expect(payload).toMatchObject({ mentions: [{ id: ben.id }], mention_everyone: false });
  });

  it('again by an edit that does not repeat what is allowed', async () => {
    const allowed_mentions = { parse: [] };
    const { id } = await here.post({ content: 'hm', allowed_mentions });
    await here.patch(id, { content: `${here.ana.mention} @everyone`, allowed_mentions });
    expect(kinds()).toEqual([]);
    await here.patch(id, { content: `${here.ana.mention} @everyone.` });
    await here.patch(id, { content: `${here.ana.mention} @everyone!` });
    expect(kinds()).toEqual([`user ${here.ana.id} edit`, 'everyone edit']);
  });

  it('the author of the message replied to, unless that is off', async () => {
    const { id } = here.ana.say(here.channel, 'hello');
    const message_reference = { message_id: id };
    await here.post({ content: 'quiet', message_reference, allowed_mentions: { replied_user: false } });
    expect(kinds()).toEqual([]);
    await here.post({ content: 'loud', message_reference });
    expect(kinds()).toEqual([`reply ${here.ana.id} create`]);
    expect(here.channel.fromBot.map(({ referenceId }) => referenceId)).toEqual([id, id]);
  });

  it('is told apart from links that Discord would fetch', async () => {
    await here.post('see https://one.example/x?y=1, <https://two.example> `https://three.example` [text](https://four.example)');
    await here.post({ content: 'see https://five.example', flags: MessageFlags.SuppressEmbeds });
    expect(here.discord.unfurls.map(({ url }) => url)).toEqual(['https://one.example/x?y=1', 'https://four.example']);
  });
});

describe('history', () => {
  it('comes in pages, newest first, without content where the portal has it off', async () => {
    const said = Array.from({ length: 5 }, (_, index) => here.ana.say(here.channel, `say ${index}`).id);
    const mention = here.ana.say(here.channel, here.discord.botUser.mention).id;
    const list = async (query: string) =>
      ((await here.rest.get(Routes.channelMessages(here.channel.id), { query: new URLSearchParams(query) })) as { id: string; content: string }[]);
    expect((await list('limit=3')).map(({ id }) => id)).toEqual([mention, said[4], said[3]]);
    expect((await list(`limit=2&before=${said[2]}`)).map(({ id }) => id)).toEqual([said[1], said[0]]);
    expect((await list(`limit=2&after=${said[1]}`)).map(({ id }) => id)).toEqual([said[3], said[2]]);
    expect((await list(`limit=3&around=${said[2]}`)).map(({ id }) => id)).toEqual([said[3], said[2], said[1]]);
    expect((await list('limit=2')).map(({ content }) => content)).toEqual([here.discord.botUser.mention, '']);
    here.discord.setMessageContentIntent(true);
    expect((await list('limit=2')).map(({ content }) => content)).toEqual([here.discord.botUser.mention, 'say 4']);
    expect(await refusal(list('limit=101'))).toMatchObject({ code: 50035 });
  });

  it('forgets the oldest where it is told to', async () => {
    await here.reopen({ keepMessagesPerChannel: 10 });
    const ben = here.discord.addUser();
    const small = here.discord.addGuild({ members: [ben] }).addChannel();
    const first = ben.say(small, 'first');
    for (let count = 0; count < 2000; count += 1) ben.say(small, `say ${count}`);
    expect(small.messages.map(({ content }) => content)).toEqual(Array.from({ length: 10 }, (_, index) => `say ${1990 + index}`));
    expect(here.discord.message(first.id)).toBeUndefined();
  });
});

describe('files', () => {
  it('go up, are shown, and come down from the CDN under a signed address', async () => {
    const client = await connect(here.discord);
    const target = client.channels.cache.get(here.channel.id) as TextChannel;
    const sent = await target.send({ content: 'see', files: [{ attachment: Buffer.from('# hi'), name: 'answer.md', description: 'the answer' }] });
    const [shown] = here.channel.fromBot[0]!.attachments;
    expect(shown).toMatchObject({ name: 'answer.md', size: 4, description: 'the answer' });
    expect(shown?.text()).toBe('# hi');
    const { url, contentType } = sent.attachments.first()!;
    expect(contentType).toContain('text/markdown');
    expect(new URL(url).pathname).toMatch(/^\/cdn\/attachments\/\d+\/\d+\/answer\.md$/);
    expect(await (await fetch(url)).text()).toBe('# hi');
    for (const wrong of [url.replace(/hm=\w{4}/, 'hm=0000'), url.split('?')[0]!]) {
      const response = await fetch(wrong);
      expect([response.status, await response.text()]).toEqual([404, 'This content is no longer available.']);
    }
    here.discord.advance(25 * 60 * 60_000);
    expect((await fetch(url)).status).toBe(404);
    await client.destroy();
  });

  it('are kept by an edit only where it lists them', async () => {
    const files = [{ name: 'a.txt', data: 'a' }, { name: 'b.txt', data: 'b' }];
    const { id } = (await here.rest.post(Routes.channelMessages(here.channel.id), { body: {}, files })) as { id: string };
    const [a] = here.discord.message(id)!.attachments;
    await here.patch(id, { content: 'still both' });
    expect(here.discord.message(id)!.attachments).toHaveLength(2);
    await here.rest.patch(Routes.channelMessage(here.channel.id, id), {
      body: { attachments: [{ id: a!.id }, { id: '0', filename: 'c.txt' }] },
      files: [{ name: 'c.txt', data: 'c' }],
    });
    expect(here.discord.message(id)!.attachments.map(({ name }) => name)).toEqual(['a.txt', 'c.txt']);
  });

  it('have their limits', async () => {
    const up = (...files: { name: string; data: Buffer }[]) => here.rest.post(Routes.channelMessages(here.channel.id), { body: {}, files });
    const file = (size: number) => ({ name: 'x.bin', data: Buffer.alloc(size) });
    const mebibyte = 1024 * 1024;
    await up(file(10 * mebibyte));
    expect(await refusal(up(file(10 * mebibyte + 1)))).toMatchObject({ status: 413, code: 40005 });
    expect(await refusal(up(file(9 * mebibyte), file(9 * mebibyte), file(9 * mebibyte)))).toMatchObject({ status: 413, code: 40005 });
    expect(await refusal(up(...Array.from({ length: 11 }, () => file(1))))).toMatchObject({ code: 30015 });
  });

  it('of people reach the bot', async () => {
    const client = await connect(here.discord);
    const heard = once(client, Events.MessageCreate);
    here.ana.say(here.channel, `${here.discord.botUser.mention} see`, { attachments: [{ name: 'my notes.txt', bytes: 'notes' }] });
    const [message] = (await heard) as [Message];
    const attachment = message.attachments.first()!;
    expect(attachment.name).toBe('my_notes.txt');
    expect(await (await fetch(attachment.url)).text()).toBe('notes');
    await client.destroy();
  });
});
