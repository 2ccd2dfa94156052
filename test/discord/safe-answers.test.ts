import { MessageFlags } from 'discord-api-types/v10';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { withoutQuestion } from './pressing.ts';
import { startWorld } from '../start-parley.ts';
import { liveThings } from '../markdown/discord-reader.ts';
import type { SimulatedMessage } from '../simulators/discord.ts';
import type { World } from '../start-parley.ts';

let world: World;
beforeAll(async () => {
  world = await startWorld();
});
afterAll(async () => {
  expect(world.discord.unexpectedRequests).toEqual([]);
  await world.close();
});

/** The model's text comes in small pieces, so that drafts are shown of it, too. */
const answer = async (text: string): Promise<SimulatedMessage> => {
  world.bedrock.respondOnce({ text, deltas: { size: 7 }, deltaDelayMs: 5 });
  return world.ask(world.ana, 'go on', world.guild.addChannel({ name: 'place' }));
};
const content = async (text: string): Promise<string> => (await answer(text)).content;
const CODE = 'const a = "@everyone <@1> https://evil.example discord.gg/abc \u202E [a](https://b.example)";';

describe('an answer', () => {
  it('mentions nobody but the asker, and pings nobody at all', async () => {
    const { ana, bo, guild, discord } = world;
    const role = guild.addRole({ name: 'crew', mentionable: true });
    const message = await answer(`Hi ${ana.mention}! @everyone @here ${bo.mention} <@!${bo.id}> ${role.mention} @\u200Beveryone @\u00ADhere`);
    expect(message.content).toBe(
      `Hi ${ana.mention}! @\u200Beveryone @\u200Bhere \`${bo.mention}\` \`<@!${bo.id}>\` \`${role.mention}\` @\u200Beveryone @\u200Bhere`,
    );
    expect(discord.pings.filter(({ messageId }) => messageId === message.id)).toEqual([]);
  });

  it('shows where a link really goes', async () => {
    expect(await content('See [the guide](https://docs.example/guide "read me").')).toBe('See the guide (<https://docs.example/guide>).');
    expect(await content('[https://bank.example](https://evil.example/login)')).toBe('`https://bank.example` (<https://evil.example/login>)');
    expect(await content('[click](javascript:alert(1)) ![pixel](https://evil.example/?q=secret)')).toBe(
      'click (`javascript:alert(1)`) pixel (<https://evil.example/?q=secret>)',
    );
    expect(await content('[https://same.example/](https://same.example)')).toBe('<https://same.example>');
  });

  it('has no previews: neither by its links nor by its flags, however it is sent', async () => {
    const { ana, discord, guild } = world;
    const text = 'Look: https://evil.example/?q=secret, <https://a.example> and [b](https://b.example).';
    const message = await answer(text);
    expect(message.content).toBe('Look: <https://evil.example/?q=secret>, <https://a.example> and b (<https://b.example>).');
    world.bedrock.respondOnce({ text, firstDelayMs: 700 });
    const interaction = ana.runCommand(guild.addChannel({ name: 'place' }), 'ask', { prompt: 'look' });
    await world.outcome(interaction.id);
    expect(interaction.acknowledgedAs).toBe('defer');
    for (const one of [message, interaction.response]) expect((one?.flags ?? 0) & MessageFlags.SuppressEmbeds).toBe(MessageFlags.SuppressEmbeds);
    expect(liveThings(withoutQuestion(interaction.response?.content ?? 'missing'))).toEqual([]);
    expect(discord.unfurls.filter(({ messageId }) => [message.id, interaction.response?.id].includes(messageId))).toEqual([]);
  });

  it('invites nobody anywhere', async () => {
    expect(await content('Join discord.gg/abc, https://discord.gg/abc, [us](https://discord.com/invite/abc), DISCORDAPP.com/invite/x or disc\u200Bord.gg/y!')).toBe(
      'Join discord[.]gg/abc, `https://discord[.]gg/abc`, us (`https://discord[.]com/invite/abc`), DISCORDAPP[.]com/invite/x or discord[.]gg/y!',
    );
  });

  it('hides nothing and turns nothing around', async () => {
    expect(await content('a\u202Eb\u2066c\u200Bd\u2060e\uFEFFf\u00ADg\u061Ch \u{E0041}i 👩‍👧 🏴\u{E0067}\u{E0062}\u{E0065}\u{E006E}\u{E0067}\u{E007F} می‌خواهم')).toBe(
      'abcdefgh i 👩‍👧 🏴\u{E0067}\u{E0062}\u{E0065}\u{E006E}\u{E0067}\u{E007F} می‌خواهم',
    );
  });

  it('has its code as the model wrote it', async () => {
    const text = `Run \`${CODE}\`:\n\n\`\`\`js\n${CODE}\n\tindented  \n\n\n\n| a |\n|---|\n\`\`\`\n\n1. In a list:\n   \`\`\`\n   ${CODE}\n   \`\`\``;
    expect(await content(text)).toBe(text);
  });

  it('is remembered as the model wrote it', async () => {
    const { ana, bedrock, guild } = world;
    const place = guild.addChannel({ name: 'place' });
    const text = 'Hi @everyone, [x](https://x.example)\u200B, discord.gg/abc\n\n| a | b |\n|---|---|\n| 1 | 2 |\n\n---';
    bedrock.respondOnce({ text });
    await world.ask(ana, 'first', place);
    await world.ask(ana, 'second', place);
    const body = bedrock.requests.at(-1)?.body as { messages: { role: string; content: unknown }[] } | undefined;
    expect(body?.messages.find(({ role }) => role === 'assistant')?.content).toEqual([{ text }]);
  });

  it('of nothing that can be shown says so', async () => {
    for (const unseen of ['<!-- thinking -->', '\u2800', '\u200B\u3164']) expect(await content(unseen)).toMatch(/^-# The model wrote nothing that can be shown/u);
  });
});

describe('a table', () => {
  it('is shown in columns where it fits the screen of a phone', async () => {
    expect(await content('Prices:\n\n| Fruit | 値段 | Left |\n|:---|---:|:-:|\n| **Apple** | 1 | 🍎 |\n| みかん | 22,50 | `no|ne` |\n\nThat is all.')).toBe(
      [
        'Prices:',
        '',
        '```',
        'Fruit    値段  Left',
        '------  -----  -----',
        'Apple       1   🍎',
        'みかん  22,50  no|ne',
        '```',
        '',
        'That is all.',
      ].join('\n'),
    );
  });

  it('is shown as lists of fields where it does not', async () => {
    const long = 'This goes on for much longer than what a phone can show in a line';
    expect(await content(`| Name | What it is |\n|---|---|\n| One | ${long} |\n| Two | [b](https://b.example) |`)).toBe(
      `- **Name**: One\n- **What it is**: ${long}\n\n- **Name**: Two\n- **What it is**: b (<https://b.example>)`,
    );
  });
});
