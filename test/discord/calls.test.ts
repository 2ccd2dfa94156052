import { MessageType } from 'discord.js';
import { describe, expect, it } from 'vitest';
import { createMentionAdded } from '../../src/discord/intake/on-message.ts';
import { shareWorld } from './shared-world.ts';
import { turnsOf } from './pressing.ts';
import type { Message } from 'discord.js';
import type { SimulatedChannel } from '../simulators/discord.ts';
import type { World } from '../start-parley.ts';

let world: World;
shareWorld({ discord: { rateLimits: 'off', messageContentIntent: true }, environment: { DISCORD_MESSAGE_CONTENT: 'true' } }, (opened) => {
  world = opened;
});

let places = 0;
const fresh = (): SimulatedChannel => world.guild.addChannel({ name: `calls-${(places += 1)}` });
const lastTurn = (): unknown => turnsOf(world.bedrock.requests.at(-1)).at(-1);
/** What was said before has been handled when an answer to something later is there. */
const settled = async (): Promise<void> => void (await world.ask(world.bo, 'are you done?', fresh()));

describe('a mention in code', () => {
  it('is no call', async () => {
    const { ana, discord } = world;
    const { mention } = discord.botUser;
    const place = fresh();
    for (const text of [`write \`${mention} hello\` to ask`, `\`\`${mention}\`\``, `\`\`\`\n${mention} hello\n\`\`\``, `so: \`\`\`${mention}\`\`\` and \`${mention}\``]) ana.say(place, text);
    await settled();
    expect(place.fromBot).toEqual([]);
  });

  it('stays as it is where another one calls, and so does all other code', async () => {
    const { ana, discord } = world;
    const { mention } = discord.botUser;
    const place = fresh();
    const code = `\`\`\`py\nif a:\n    b  =  "${mention}"\n\`\`\``;
    await world.ask(ana, `what is  this? ${code}`, place);
    expect(lastTurn()).toEqual(['user', `what is  this? ${code}`]);
  });

  it('that never ends is a call', async () => {
    const { ana, discord } = world;
    const place = fresh();
    const question = ana.say(place, `\` ${discord.botUser.mention} hello`);
    await world.outcome(question.id);
    expect(place.fromBot).toHaveLength(1);
  });
});

describe('a mention that an edit adds', () => {
  it('asks, once', async () => {
    const { ana, discord } = world;
    const { mention } = discord.botUser;
    const place = fresh();
    const message = ana.say(place, 'how deep is the sea?');
    await settled();
    ana.edit(message, `${mention} how deep is the sea?`);
    await world.outcome(message.id);
    expect(lastTurn()).toEqual(['user', 'how deep is the sea?']);
    ana.edit(message, `${mention} how deep is the sea, really?`);
    ana.edit(message, `${mention} how deep is the sea?`);
    await settled();
    expect(place.fromBot).toHaveLength(1);
    expect(place.fromBot[0]?.referenceId).toBe(message.id);
  });

  it('asks about the message that it replies to', async () => {
    const { ana, bo, discord } = world;
    const place = fresh();
    const earlier = bo.say(place, 'the tide is out');
    const message = ana.say(place, 'is it?', { replyTo: earlier });
    ana.edit(message, `${discord.botUser.mention} is it?`);
    await world.outcome(message.id);
    expect(JSON.stringify(world.bedrock.requests.at(-1)?.body)).toContain('the tide is out');
  });

  it('does not in code', async () => {
    const { ana, discord } = world;
    const place = fresh();
    const message = ana.say(place, 'how?');
    ana.edit(message, `\`${discord.botUser.mention}\` how?`);
    await settled();
    expect(place.fromBot).toEqual([]);
  });

  it('does not where the message is old, or was not edited at all', async () => {
    const heard: string[] = [];
    const added = createMentionAdded({ onMessage: (message) => Promise.resolve(void heard.push(message.id)), youngMs: 60_000 });
    const message = (id: string, editedTimestamp: number | null): Message =>
      ({
        id,
        editedTimestamp,
        createdTimestamp: 1_000,
        content: '<@1> hello',
        type: MessageType.Default,
        author: { id: '2', bot: false, system: false },
        webhookId: null,
        client: { user: { id: '1' } },
        inGuild: () => true,
      }) as unknown as Message;
    for (const one of [message('young', 60_000), message('old', 62_000), message('unedited', null)]) await added(one);
    expect(heard).toEqual(['young']);
  });
});
