import { PermissionFlagsBits } from 'discord-api-types/v10';
import { describe, expect, it } from 'vitest';
import { shareWorld } from './shared-world.ts';
import type { SimulatedChannel } from '../simulators/discord.ts';
import type { World } from '../start-parley.ts';

let world: World;
shareWorld({ environment: { HISTORY_DAYS: '30' } }, (opened) => {
  world = opened;
});

const newServer = () => world.discord.addGuild({ withBot: false, members: [world.ana] });
const greetings = (...channels: readonly SimulatedChannel[]): string[] => channels.flatMap(({ fromBot }) => fromBot.map(({ content }) => content));
const logged = (guildId: string) => expect.poll(() => world.log.some((line) => line['guildId'] === guildId && String(line['message']).startsWith('added to a server'))).toBe(true);
/** What was sent before has been handled once a later question is answered. */
const afterAll = (): Promise<unknown> => world.ask(world.ana, 'anything');

describe('a server that adds the bot', () => {
  it('is told once how to ask, what is kept and who decides, where everybody can read it', async () => {
    const server = newServer();
    const [staff, general, other] = [server.addChannel({ name: 'staff' }), server.addChannel({ name: 'general' }), server.addChannel({ name: 'other' })];
    staff.setOverwrite(server.everyone, { deny: PermissionFlagsBits.ViewChannel });
    server.inviteBot();
    await logged(server.id);
    expect(greetings(staff, other)).toEqual([]);
    const [text = ''] = greetings(general);
    expect(text).toMatch(/`\/ask`[\s\S]*30 days[\s\S]*`\/reset`[\s\S]*`\/settings`/u);
    expect(general.fromBot).toHaveLength(1);
    // An outage is no new beginning, and neither is a new process.
    server.setUnavailable(true);
    server.setUnavailable(false);
    await world.restart();
    await afterAll();
    expect(general.fromBot).toHaveLength(1);
    // Whoever sends it away and adds it again is a new one.
    server.kickBot();
    server.inviteBot();
    await world.discord.waitFor(() => general.fromBot[1]);
  });

  it('is told it later where nobody was there when it did', async () => {
    const server = newServer();
    const general = server.addChannel({ name: 'general' });
    // The first minute counts for a process that is told of what came before it.
    world.discord.advance(120_000);
    await afterAll();
    await world.parley.stop(0);
    server.inviteBot();
    await world.restart();
    await logged(server.id);
    expect(greetings(general)).toHaveLength(1);
  });

  it('is told nothing where the bot may not write, and can ask all the same', async () => {
    const server = newServer();
    const quiet = server.addChannel({ name: 'quiet' });
    quiet.setOverwrite(server.everyone, { deny: PermissionFlagsBits.SendMessages });
    server.inviteBot(PermissionFlagsBits.ViewChannel);
    await logged(server.id);
    expect(greetings(quiet)).toEqual([]);
    const asked = await world.ana.runCommand(quiet, 'help').settled();
    expect(asked.response?.content).toContain('/ask');
  });

  it('is told in the next channel where Discord refuses one', async () => {
    const server = newServer();
    const [first, second] = [server.addChannel({ name: 'first' }), server.addChannel({ name: 'second' })];
    world.discord.faults.add({ when: ({ method, path }) => method === 'POST' && path.endsWith(`/channels/${first.id}/messages`), does: { status: 403, body: { code: 50_013, message: 'Missing Permissions' } } });
    server.inviteBot();
    await logged(server.id);
    expect([greetings(first).length, greetings(second).length]).toEqual([0, 1]);
  });

  it('is told it, once, although Discord fails at first', async () => {
    const server = newServer();
    const general = server.addChannel({ name: 'general' });
    world.discord.faults.add({ method: 'POST', when: ({ path }) => path === `/channels/${general.id}/messages`, does: 'apply-then-502', times: 1 });
    world.discord.faults.add({ method: 'POST', when: ({ path }) => path === `/channels/${general.id}/messages`, does: { status: 503 }, times: 4 });
    server.inviteBot();
    await logged(server.id);
    expect(greetings(general)).toHaveLength(1);
    expect(world.log.find((line) => line['guildId'] === server.id)).toMatchObject({ message: 'added to a server, and said how to ask' });
  });

  it('that did so before the first start of all is told nothing', async () => {
    expect(greetings(world.channel).filter((text) => text.includes('/settings'))).toEqual([]);
  });
});
