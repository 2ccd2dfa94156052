import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { freshFolder, startProcess } from './parley-process.ts';
import { manualStream, startBedrockSimulator } from './simulators/bedrock.ts';
import { startDiscordSimulator } from './simulators/discord.ts';
import type { ParleyProcess } from './parley-process.ts';
import type { BedrockSimulator } from './simulators/bedrock.ts';
import type { DiscordSimulator, SimulatedChannel, SimulatedUser } from './simulators/discord.ts';

let discord: DiscordSimulator;
let bedrock: BedrockSimulator;
beforeAll(async () => {
  [discord, bedrock] = await Promise.all([startDiscordSimulator(), startBedrockSimulator()]);
});
afterAll(async () => {
  expect(discord.unexpectedRequests).toEqual([]);
  await Promise.all([discord.close(), bedrock.close()]);
});

/** Of an answer, in characters. */
const LONGEST = 100_000;

let folder: string;
let ana: SimulatedUser;
let place: SimulatedChannel;
let parley: ParleyProcess;
const start = async (environment: Readonly<Record<string, string>> = {}): Promise<void> => {
  parley = startProcess({ discord, bedrock }, folder, environment);
  await parley.ready();
};
beforeEach(async () => {
  folder = freshFolder();
  ana = discord.addUser({ name: `ana${folder.length}` });
  place = discord.addGuild({ members: [ana] }).addChannel({ name: 'general' });
  bedrock.respond({ text: 'All of the story.' });
  await start();
});
afterEach(() => {
  parley.child.kill('SIGKILL');
});

const ask = (text = 'a long story') => ana.say(place, `${discord.botUser.mention} ${text}`);

/** A question whose answer has begun to appear, and the stream that goes on. */
const begin = async () => {
  const stream = manualStream();
  bedrock.respondOnce(stream.responder);
  const question = ask();
  await stream.request;
  await stream.text('Once upon');
  const draft = await discord.waitFor(() => place.fromBot.at(-1)?.referenceId === question.id && place.fromBot.at(-1));
  return { question, draft, stream };
};

const ended = async () => {
  await discord.waitFor(() => place.fromBot.at(-1)?.content === 'All of the story.', 15_000);
  expect(place.fromBot).toHaveLength(1);
  expect(JSON.stringify(place.fromBot[0]?.components)).not.toContain('stop:');
};

describe('a process that is killed', () => {
  it('in the middle of an answer leaves a draft, which the next one finishes', async () => {
    const { draft } = await begin();
    parley.child.kill('SIGKILL');
    await parley.ended;
    await start();
    await ended();
    expect(place.fromBot[0]).toBe(draft);
  });

  it('before the first word loses neither a mention nor a command', async () => {
    const [first, second] = [manualStream(), manualStream()];
    bedrock.respondOnce(first.responder, second.responder);
    ask();
    const interaction = ana.runCommand(ana.dm, 'ask', { prompt: 'a long story' });
    await Promise.all([first.request, second.request]);
    await interaction.settled();
    parley.child.kill('SIGKILL');
    await parley.ended;
    await start();
    await ended();
    await discord.waitFor(() => interaction.response?.content.endsWith('All of the story.'));
    expect(ana.dm.fromBot).toHaveLength(1);
  });
});

describe('a process that is asked to end', () => {
  it('tells a command that came in its last second that it is just restarting', async () => {
    const { stream } = await begin();
    parley.child.kill('SIGTERM');
    await expect.poll(() => parley.output()).toContain('stopping');
    const interaction = ana.runCommand(place, 'ask', { prompt: 'and that?' });
    // The answer is all that the process still waits for, and the command waits a second for a process that may take it on.
    await stream.text(' a time.');
    await stream.finish();
    expect(await parley.ended).toBe(0);
    expect(interaction.response?.content).toContain('I am just restarting.');
  });

  it('lets an answer end, and leaves what is asked meanwhile to the next one', async () => {
    const { question, stream } = await begin();
    parley.child.kill('SIGTERM');
    await expect.poll(() => parley.output()).toContain('stopping');
    const late = ask('and this?');
    const interaction = ana.runCommand(place, 'ask', { prompt: 'and that?' });
    await interaction.settled();
    await discord.waitFor(() => interaction.response?.content !== '');
    expect(interaction.response?.content).toMatch(/I am just restarting\. Please ask again in a minute\.$/u);
    await stream.text(' a time.');
    await stream.finish();
    expect(await parley.ended).toBe(0);
    // Below what was asked meanwhile, if no draft showed the end before that.
    const answers = place.fromBot.filter(({ referenceId }) => referenceId === question.id);
    expect(answers.map(({ content }) => content)).toEqual(['Once upon a time.']);
    expect(place.fromBot.filter(({ referenceId }) => referenceId === late.id)).toEqual([]);
    await start();
    await discord.waitFor(() => place.fromBot.some(({ referenceId, content }) => referenceId === late.id && content === 'All of the story.'));
  });

  it('leaves at once when it is asked again, and nothing is lost', async () => {
    const { draft } = await begin();
    parley.child.kill('SIGINT');
    await expect.poll(() => parley.output()).toContain('stopping');
    parley.child.kill('SIGINT');
    expect(await parley.ended).toBe(0);
    await start();
    await ended();
    expect(place.fromBot[0]).toBe(draft);
  });

  it('leaves a draft as it is when its answer does not end in 20 seconds, and the next one finishes it', async () => {
    const { draft } = await begin();
    const signalled = performance.now();
    parley.child.kill('SIGTERM');
    expect(await parley.ended).toBe(0);
    expect(performance.now() - signalled).toBeGreaterThan(19_000);
    expect(draft.content).toBe('Once upon');
    await start();
    await ended();
    expect(place.fromBot[0]).toBe(draft);
  });
});

describe('a process that is asked to end while a pass over a long text runs', () => {
  /** Slow to read for whoever reads them badly, each by itself. */
  const PIECES = ['`', '[](', '| ', '> - ', '**_'];

  it('ends in time, and its answer is there after the next start', async () => {
    parley.child.kill('SIGKILL');
    await parley.ended;
    // All of it is one answer.
    await start({ BEDROCK_MAX_TOKENS: String(LONGEST) });
    const stream = manualStream();
    bedrock.respondOnce(stream.responder);
    const question = ask();
    await stream.request;
    await stream.text('Once upon a time. ');
    await discord.waitFor(() => place.fromBot.length > 0);
    // There is something to read all the time.
    const texts = PIECES.flatMap((piece) => Array.from({ length: 20 }, () => piece.repeat(LONGEST / PIECES.length / 20 / piece.length)));
    const flood = (async () => {
      for (const text of texts) await stream.text(text);
    })();
    const signalled = performance.now();
    parley.child.kill('SIGTERM');
    expect(await parley.ended).toBe(0);
    // A bound, not a speed: 20 seconds for answers, 3 for those that are told to leave, 2 for the store.
    expect(performance.now() - signalled).toBeLessThan(25_000);
    await flood;
    await start();
    await discord.waitFor(() => place.fromBot.some(({ content, referenceId }) => referenceId === question.id && content === 'All of the story.'), 30_000);
    await discord.waitFor(() => place.fromBot.length === 1, 60_000);
  });
});

describe('a process that Discord will not have any more', () => {
  it('ends with 78 and the reason when a first start is refused for its token, without many looks', async () => {
    parley.child.kill('SIGKILL');
    const fault = discord.faults.add({ does: { status: 401, code: 0, message: '401: Unauthorized' } });
    parley = startProcess({ discord, bedrock }, freshFolder());
    expect(await parley.ended).toBe(78);
    expect(parley.output()).toContain('Discord refused DISCORD_TOKEN');
    expect(fault.hits).toBeLessThan(5);
    discord.faults.clear();
  });

  it('ends with 78 and the reason when the connection is closed for good', async () => {
    for (const [code, reason] of [[4013, 'intents'], [4014, 'Message Content Intent']] as const) {
      discord.gateway.close(code);
      expect(await parley.ended).toBe(78);
      expect(parley.output()).toContain(reason);
      await start();
    }
  });
});

describe('a process that is asked to end while somebody else has its store', () => {
  it('ends all the same, soon and in order', async () => {
    ask();
    await ended();
    using other = new DatabaseSync(join(folder, 'data/parley.sqlite'));
    other.exec('BEGIN EXCLUSIVE');
    ask('and this?');
    await expect.poll(() => parley.output()).toContain('would not survive a restart');
    // Its answer has ended, so that only the store is left to wait for.
    await expect.poll(() => parley.output()).toContain('could not be remembered');
    const signalled = performance.now();
    parley.child.kill('SIGTERM');
    expect(await parley.ended).toBe(0);
    // A bound, not a speed: 20 seconds for answers, 3 for those that are told to leave, 2 for the store.
    expect(performance.now() - signalled).toBeLessThan(25_000);
    other.exec('COMMIT');
  });
});
