import { describe, expect, it } from 'vitest';
import { beginCommand } from './begin-answer.ts';
import { press, privateReplies } from './pressing.ts';
import { shareWorld } from './shared-world.ts';
import type { SimulatedInteraction, SimulatedMessage } from '../simulators/discord.ts';
import type { World } from '../start-parley.ts';

let world: World;
shareWorld({ discord: { rateLimits: 'off' } }, (opened) => {
  world = opened;
});

const OFF = 'I do not answer direct messages here.';
const CLOSED = { DISCORD_ALLOW_DMS: 'false' };

const toldBy = async (interaction: SimulatedInteraction): Promise<string> => {
  await interaction.settled();
  return world.discord.waitFor(() => interaction.response?.content);
};

describe('where direct messages are off', () => {
  it('no command does anything in them but say so', async () => {
    await world.restart(CLOSED);
    const before = world.bedrock.requestCount;
    const { dm } = world.ana;
    const said = world.ana.say(dm, 'hello');
    await world.discord.waitFor(() => dm.fromBot.find(({ content }) => content.startsWith(OFF)));
    const interactions = [
      world.ana.runCommand(dm, 'ask', { prompt: 'hello' }),
      world.ana.runCommand(dm, 'ask', { prompt: 'hello', private: true }),
      world.ana.runCommand(dm, 'reset'),
      world.ana.runCommand(dm, 'status'),
      world.ana.runCommand(dm, 'help'),
      world.ana.runMessageCommand(dm, 'Ask about this', said),
    ];
    for (const interaction of interactions) {
      expect(await toldBy(interaction)).toContain(OFF);
      expect(interaction.ephemeral).toBe(true);
      expect(interaction.followUps).toEqual([]);
    }
    expect(world.bedrock.requestCount).toBe(before);
  });

  it('neither do buttons and forms of a time when they were on', async () => {
    await world.restart();
    const { dm } = world.ana;
    const answer = await world.ask(world.ana, 'hello', dm);
    const form = await world.ana.runMessageCommand(dm, 'Ask about this', answer).settled();
    await world.restart(CLOSED);
    const before = world.bedrock.requestCount;
    const pressed = await press(world.ana, answer, 'Regenerate');
    expect(privateReplies(pressed)).toEqual([expect.stringContaining(OFF)]);
    const sent = world.ana.submitModal(form, { question: 'what is it?' });
    expect(await toldBy(sent)).toContain(OFF);
    expect(world.bedrock.requestCount).toBe(before);
  });

  it('servers are served as ever, by every door', async () => {
    await world.restart(CLOSED);
    const help = await toldBy(world.ana.runCommand(world.channel, 'help'));
    expect(help).toContain('reply to one of my messages, or use a command');
    expect(help).not.toContain('write me a direct message');
    const answer = await world.ask(world.ana, 'hello');
    expect(answer.content).toBe('Certainly.');
    const { interaction } = await beginCommand(world, world.channel);
    await press(world.ana, interaction.response as SimulatedMessage, 'Stop');
    expect(await world.outcome(interaction.id)).toMatchObject({ kind: 'stopped' });
  });
});
