import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { freshFolder, startProcess } from '../parley-process.ts';
import { manualStream, startBedrockSimulator } from '../simulators/bedrock.ts';
import { startDiscordSimulator } from '../simulators/discord.ts';
import { NEEDS_POSTGRES, WITHOUT_POSTGRES, startPostgres } from './postgres-server.ts';
import type { ParleyProcess } from '../parley-process.ts';
import type { BedrockSimulator } from '../simulators/bedrock.ts';
import type { DiscordSimulator, SimulatedChannel, SimulatedMessage } from '../simulators/discord.ts';
import type { PostgresServer } from './postgres-server.ts';

/** Each of them hears everything, so that only claims tell whose a question is. */
const BOTH_HEAR = { SHARD_COUNT: '1', SHARD_IDS: '0' };

describe.skipIf(WITHOUT_POSTGRES)(`two processes on one PostgreSQL database${NEEDS_POSTGRES}`, () => {
  let server: PostgresServer;
  let url: string;
  let discord: DiscordSimulator;
  let bedrock: BedrockSimulator;
  const folders = [freshFolder(), freshFolder()];
  let processes: ParleyProcess[] = [];

  beforeAll(async () => {
    [server, discord, bedrock] = await Promise.all([startPostgres(), startDiscordSimulator({ maxConcurrency: 100, rateLimits: 'off' }), startBedrockSimulator()]);
    url = await server.freshDatabase();
  });
  afterEach(async () => {
    for (const { child } of processes) child.kill('SIGKILL');
    await Promise.all(processes.map(({ ended }) => ended));
    processes = [];
    bedrock.respond({ text: 'Certainly.' });
  });
  afterAll(async () => {
    expect(discord.unexpectedRequests).toEqual([]);
    await Promise.all([discord.close(), bedrock.close(), server.remove()]);
  });

  const start = async (count: number): Promise<void> => {
    const started = folders.slice(0, count).map((folder) => startProcess({ discord, bedrock }, folder, { STORE_URL: url, ...BOTH_HEAR }));
    processes.push(...started);
    await Promise.all(started.map((one) => one.ready()));
  };
  const room = () => {
    const ana = discord.addUser({ name: 'ana', globalName: 'Ana' });
    const guild = discord.addGuild({ members: [ana] });
    const place = guild.addChannel({ name: 'general' });
    return { place, ask: (text: string): SimulatedMessage => ana.say(place, `${discord.botUser.mention} ${text}`) };
  };
  const answersTo = (place: SimulatedChannel, { id }: SimulatedMessage): string[] => place.fromBot.filter(({ referenceId, deleted }) => referenceId === id && !deleted).map(({ content }) => content);

  it('give each question one answer, remember what either of them has said, and leave nothing behind', async () => {
    bedrock.respond({ text: 'Certainly.' });
    await start(2);
    const { place, ask } = room();
    const questions = Array.from({ length: 6 }, (_, index) => ask(`question ${index}?`));
    for (const question of questions) await expect.poll(() => answersTo(place, question)).toEqual(['Certainly.']);
    const last = ask('the last one?');
    await expect.poll(() => answersTo(place, last)).toEqual(['Certainly.']);
    // Whoever answered, it knows all that was said before.
    expect(bedrock.requests.at(-1)?.body?.['messages']).toHaveLength(2 * questions.length + 1);
    // Rows are closed a moment after the last word is shown.
    await expect.poll(async () => JSON.stringify(await server.query(url, 'SELECT key FROM parley_ledger'))).not.toContain('"open:');
  });

  it('take over from each other where one is killed in the middle of an answer', async () => {
    const story = manualStream();
    bedrock.respondOnce(story.responder);
    bedrock.respond({ text: 'A whole story.' });
    await start(1);
    const { place, ask } = room();
    const question = ask('tell me something?');
    await story.request;
    await story.text('It was a');
    await discord.waitFor(() => answersTo(place, question).length > 0);
    processes[0]?.child.kill('SIGKILL');
    await start(2);
    await expect.poll(() => answersTo(place, question)).toEqual(['A whole story.']);
  });

  it('answer through a restart of the database, and remember afterwards', async () => {
    bedrock.respond({ text: 'Certainly.' });
    await start(2);
    const { place, ask } = room();
    const before = ask('before?');
    await expect.poll(() => answersTo(place, before)).toEqual(['Certainly.']);
    await server.stop('immediate');
    const meanwhile = ask('meanwhile?');
    await sleep(500);
    await server.start();
    const after = ask('after?');
    await expect.poll(() => answersTo(place, after)).toHaveLength(1);
    // Whatever was said meanwhile, it is answered by one of them when the database tells which.
    await expect.poll(() => answersTo(place, meanwhile)).toEqual(['Certainly.']);
    const last = ask('and now?');
    await expect.poll(() => answersTo(place, last)).toEqual(['Certainly.']);
    for (const one of processes) expect(one.output()).not.toContain('a defect of Parley');
  });
});
