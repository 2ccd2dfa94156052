import { EventEmitter } from 'node:events';
import { GatewayIntentBits } from 'discord.js';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { freshFolder, startProcess } from '../parley-process.ts';
import { manualStream, startBedrockSimulator } from '../simulators/bedrock.ts';
import { startDiscordSimulator } from '../simulators/discord.ts';
import { closeAfterEach, socket } from '../simulators/discord/gateway-clients.ts';
import { createEarlierDirectChannels } from '../../src/discord/gateway/earlier-sessions.ts';
import { askedByText, createNotedSessions } from '../../src/discord/gateway/noted-sessions.ts';
import { replaySession } from '../../src/discord/gateway/replay-session.ts';
import { sessionKind } from '../../src/store/small-records.ts';
import type { Client } from 'discord.js';
import type { ReplaySession } from '../../src/discord/gateway/replay-session.ts';
import type { Log } from '../../src/log/log.ts';
import type { ParleyProcess } from '../parley-process.ts';
import type { BedrockSimulator } from '../simulators/bedrock.ts';
import type { DiscordSimulator, FaultOutcome, SimulatedChannel, SimulatedMessage, SimulatedUser } from '../simulators/discord.ts';

let discord: DiscordSimulator;
let bedrock: BedrockSimulator;
beforeAll(async () => {
  [discord, bedrock] = await Promise.all([startDiscordSimulator({ maxConcurrency: 100 }), startBedrockSimulator()]);
  bedrock.respond({ text: 'Certainly.' });
});
afterAll(async () => {
  expect(discord.unexpectedRequests).toEqual([]);
  await Promise.all([discord.close(), bedrock.close()]);
});

closeAfterEach();
const started: ParleyProcess[] = [];
afterEach(async () => {
  for (const { child, ended } of started.splice(0)) {
    child.kill('SIGKILL');
    await ended;
  }
});
const start = async (folder: string): Promise<ParleyProcess> => {
  const parley = startProcess({ discord, bedrock }, folder);
  started.push(parley);
  await parley.ready();
  return parley;
};

const answersTo = ({ id, channelId }: SimulatedMessage): readonly string[] =>
  (discord.channel(channelId)?.fromBot ?? []).filter(({ referenceId }) => referenceId === id).map(({ content }) => content);
const answered = (question: SimulatedMessage): Promise<unknown> => discord.waitFor(() => answersTo(question).includes('Certainly.'), 30_000);

let members = 0;
const newMember = (): SimulatedUser => {
  const member = discord.addUser({ name: `member${(members += 1)}` });
  discord.addGuild({ members: [member] });
  return member;
};

/** A process that has noted where it is. */
const startListening = async (folder: string, member: SimulatedUser): Promise<ParleyProcess> => {
  const parley = await start(folder);
  await answered(member.say(member.dm, 'hello'));
  return parley;
};

const kill = async ({ child, ended }: ParleyProcess): Promise<void> => {
  child.kill('SIGKILL');
  await ended;
};

describe('the first direct message of somebody', () => {
  it('to a process that is killed before it has heard it is answered by the next one, once', async () => {
    const folder = freshFolder();
    const before = { resumes: discord.gateway.resumes.length, sessions: new Set(discord.gateway.sessions.map(({ id }) => id)) };
    const [known, stranger, other] = [newMember(), newMember(), newMember()];
    const parley = await startListening(folder, known);
    // What Discord sends to it from now on, it never reads.
    parley.child.kill('SIGSTOP');
    const first = stranger.say(stranger.dm, 'is anybody there?');
    const again = known.say(known.dm, 'and for me?');
    await kill(parley);
    // While nobody is there at all.
    const second = other.say(other.dm, 'and now?');
    await start(folder);
    await Promise.all([first, again, second].map(answered));
    expect(discord.gateway.resumes.slice(before.resumes)).toHaveLength(1);
    for (const question of [first, again, second]) expect(answersTo(question)).toEqual(['Certainly.']);
    // The session that was asked for the rest is over, as nobody needs it.
    await discord.waitFor(() => discord.gateway.sessions.every(({ id, connected }) => connected || before.sessions.has(id)));
  });

  it('while nobody is there, as the process was told to end, is answered by the next one, once', async () => {
    const folder = freshFolder();
    const [known, stranger] = [newMember(), newMember()];
    const { child, ended } = await startListening(folder, known);
    const session = discord.gateway.sessions.find(({ connected }) => connected);
    child.kill('SIGTERM');
    await ended;
    // People see at once that nobody is there, although the session goes on.
    expect(discord.gateway.presences.at(-1)).toMatchObject({ status: 'invisible' });
    const first = stranger.say(stranger.dm, 'is anybody there?');
    await start(folder);
    await answered(first);
    expect(answersTo(first)).toEqual(['Certainly.']);
    await discord.waitFor(() => discord.gateway.sessions.every(({ id }) => id !== session?.id));
  });
});

describe('the first direct message of somebody who asked elsewhere before', () => {
  const inServer = async () => {
    const member = newMember();
    const guild = discord.addGuild({ members: [member] });
    await answered(member.say(guild.addChannel({ name: 'general' }), `${discord.botUser.mention} hello`));
    return member;
  };

  it('while nobody is there is answered by the next process, once, where Discord has forgotten the session', async () => {
    const folder = freshFolder();
    const parley = await start(folder);
    const [silent, asker] = [await inServer(), await inServer()];
    parley.child.kill('SIGSTOP');
    discord.gateway.invalidate({ resumable: false });
    await kill(parley);
    const question = asker.say(asker.dm, 'is anybody there?');
    await start(folder);
    await answered(question);
    expect(answersTo(question)).toEqual(['Certainly.']);
    // Nobody sees that we looked.
    expect(silent.dm.fromBot).toEqual([]);
  });

  it('is answered although Discord fails and limits each way to it at first', async () => {
    const folder = freshFolder();
    const parley = await start(folder);
    const asker = await inServer();
    parley.child.kill('SIGSTOP');
    discord.gateway.invalidate({ resumable: false });
    await kill(parley);
    const question = asker.say(asker.dm, 'is anybody there?');
    const troubles: readonly FaultOutcome[] = [{ status: 503 }, { rateLimit: { scope: 'user', retryAfter: 20 } }];
    for (const does of troubles) discord.faults.add({ route: 'POST /users/@me/channels', does, times: 'status' in (does as object) ? 4 : 1 });
    await start(folder);
    await answered(question);
    expect(answersTo(question)).toEqual(['Certainly.']);
  });

  it('while the session begins anew is answered by the same process', async () => {
    const parley = await start(freshFolder());
    const asker = await inServer();
    parley.child.kill('SIGSTOP');
    discord.gateway.invalidate({ resumable: false });
    const question = asker.say(asker.dm, 'is anybody there?');
    parley.child.kill('SIGCONT');
    await answered(question);
    expect(answersTo(question)).toEqual(['Certainly.']);
  });
});

describe('a message of ours of which a process that was killed knew nothing', () => {
  /** Killed while Discord makes the first message of an answer, with nothing heard of it. */
  const killWhileCreating = async (folder: string, ask: (member: SimulatedUser, place: SimulatedChannel) => unknown) => {
    const member = newMember();
    const place = discord.addGuild({ members: [member] }).addChannel({ name: 'general' });
    const parley = await startListening(folder, member);
    const inPlace = ({ path }: { readonly path: string }): boolean => path.startsWith(`/channels/${place.id}/`);
    const stream = manualStream();
    bedrock.respondOnce(stream.responder);
    ask(member, place);
    await stream.request;
    discord.faults.add({ route: 'POST /channels/:id/messages', when: inPlace, does: { delayMs: 60_000, when: 'after' } });
    discord.gateway.setDispatching(false);
    await stream.text('Once upon');
    const draft = await discord.waitFor(() => place.fromBot[0], 30_000);
    await kill(parley);
    discord.gateway.setDispatching(true);
    discord.faults.clear();
    expect(JSON.stringify(draft.components)).toContain('"custom_id":"stop:');
    // A permission is gone meanwhile: nothing can be looked for, nor said anew.
    for (const method of ['GET', 'POST']) discord.faults.add({ method, when: (request) => inPlace(request) && request.path.includes('/messages'), does: { status: 403, code: 50_001, message: 'Missing Access' } });
    await start(folder);
    return { draft, place, member };
  };
  afterEach(() => discord.faults.clear());

  it('is found by what its session did not hear, and ends where it stands', async () => {
    const { draft, place, member } = await killWhileCreating(freshFolder(), (asker, where) => asker.say(where, `${discord.botUser.mention} tell me`));
    await discord.waitFor(() => draft.content.includes('may not read it any more'), 30_000);
    expect(JSON.stringify(draft.components)).not.toContain('"custom_id":"stop:');
    expect(place.fromBot).toEqual([draft]);
    expect(member.dm.fromBot.map(({ content }) => content)).toEqual(['Certainly.']);
  });
});

describe('the sessions of earlier processes', () => {
  const KEY = 'session:gone/0';

  interface Settings {
    readonly isAlive?: (owner: string) => Promise<boolean>;
    readonly token?: string;
    readonly owner?: string;
    readonly replay?: ReplaySession;
    readonly onWait?: () => void;
    readonly ofMembers?: readonly string[];
  }

  /** A process that comes later, and what stands in the store. */
  const later = (texts: Map<string, string>, { isAlive = async () => false, token = discord.token, owner = 'me', replay = replaySession, onWait = () => undefined, ofMembers = [] }: Settings = {}) => {
    let asked = 0;
    let tenure = 0;
    const waits: number[] = [];
    const log: object[] = [];
    const told: unknown[] = [];
    const wholeShards: number[] = [];
    const write = (fields: object): void => void log.push(fields);
    const find = createEarlierDirectChannels({
      notebook: {
        get: async (key) => texts.get(key),
        set: async (key, text) => void texts.set(key, text),
        replace: async (key, expected, text) => texts.get(key) === expected && texts.set(key, text).has(key),
        async *entries(prefix) {
          for (const entry of texts) if (entry[0].startsWith(prefix)) yield entry;
        },
      },
      processes: { owner, isAlive },
      sessions: { addressOf: () => discord.gateway.url, tenureOf: () => tenure },
      replay,
      channelsOfMembers: async function* () {
        asked += 1;
        yield* ofMembers;
      },
      lostMessages: { heardOfEarlier: (message) => void told.push(message), heardAllOfEarlier: (shardId) => void wholeShards.push(shardId) },
      token,
      log: { info: write, warn: write } as unknown as Log,
      wait: async (ms) => {
        waits.push(ms);
        onWait();
      },
    });
    return { waits, log, told, wholeShards, comesBack: () => void (tenure += 1), membersAsked: () => asked, found: async (shardId = 0) => (await Array.fromAsync(find(shardId, '0'))).flat() };
  };

  /** One that was lost when a first event of it had been heard, and what somebody new said to it. */
  const loseSession = async () => {
    const member = newMember();
    // Discord takes one new session in five seconds.
    discord.advance(5_000);
    const { identify, frame } = await socket(discord);
    identify({ intents: GatewayIntentBits.DirectMessages });
    const { session_id: id } = (await frame(({ t }) => t === 'READY')).d as { session_id: string };
    discord.gateway.drop({ sessionId: id });
    await discord.waitFor(() => discord.gateway.sessions.some((session) => session.id === id && !session.connected));
    member.say(member.dm, 'hello?');
    const resumes = () => discord.gateway.resumes.filter(({ sessionId }) => sessionId === id).length;
    return { id, channelId: member.dm.id, note: `${id} 1 ${discord.gateway.url}`, resumes };
  };

  it('tell where somebody wrote who was not heard, and are over then', async () => {
    const { note, channelId, id } = await loseSession();
    const texts = new Map([[KEY, note]]);
    const { found } = later(texts);
    expect(await found()).toEqual([channelId]);
    await discord.waitFor(() => discord.gateway.sessions.every((session) => session.id !== id));
    // A session that begins anew in this process has been heard by nobody else.
    expect(await found()).toEqual([]);
    expect([...texts]).toEqual([[KEY, 'over']]);
    expect(sessionKind.read(askedByText({ id: 'one', sequence: 7, address: 'ws://here' }, '0b6f-4')).is).toBe('fine');
    expect(await later(texts).found()).toEqual([]);
  });

  it('say of which shard all is known, when it is', async () => {
    const { note } = await loseSession();
    const earlier = later(new Map([['session:gone/1', note], ['session:me/1', note]]));
    await earlier.found(1);
    expect(new Set(earlier.wholeShards)).toEqual(new Set([1]));
    await earlier.found(0);
    expect(new Set(earlier.wholeShards)).toEqual(new Set([1, 0]));
  });

  it('are asked for each time that a shard comes to this process, those of that shard alone', async () => {
    const { note, channelId, resumes } = await loseSession();
    const texts = new Map([['session:gone/1', note]]);
    const { found, comesBack } = later(texts);
    expect(await found()).toEqual([]);
    expect(resumes()).toBe(0);
    texts.set(KEY, note);
    expect(await found()).toEqual([]);
    comesBack();
    expect(await found()).toEqual([channelId]);
  });

  it('are asked for anew where whoever asked for them was killed meanwhile', async () => {
    const { note, channelId, resumes } = await loseSession();
    const texts = new Map([[KEY, note]]);
    const killed = later(texts, { owner: 'killed', replay: () => new Promise<never>(() => undefined) });
    void killed.found();
    await expect.poll(() => texts.get(KEY)).toBe(`${note} killed`);
    // As long as it lives, it is left to it.
    const patient = later(texts, { isAlive: async (owner) => owner === 'killed' });
    expect(await patient.found()).toEqual([]);
    expect(resumes()).toBe(0);
    expect(await later(texts).found()).toEqual([channelId]);
    expect([...texts]).toEqual([[KEY, 'over']]);
  });

  it('are left to processes that live, until those are gone', async () => {
    const { note, channelId, resumes } = await loseSession();
    const texts = new Map([[KEY, note], ['session:me/0', note]]);
    const patient = later(texts, { isAlive: async () => true });
    expect(await patient.found()).toEqual([]);
    expect(resumes()).toBe(0);
    // A process elsewhere counts as alive for 20 seconds.
    expect(patient.waits.reduce((sum, ms) => sum + ms)).toBeGreaterThan(20_000);
    let looks = 0;
    expect(await later(texts, { isAlive: async () => (looks += 1) < 3 }).found()).toEqual([channelId]);
    expect([...texts]).toEqual([[KEY, 'over'], ['session:me/0', note]]);
  });

  it('are asked for by one of several processes that come together', async () => {
    const { note, channelId, resumes } = await loseSession();
    const texts = new Map([[KEY, note]]);
    const all = await Promise.all([later(texts), later(texts), later(texts)].map(({ found }) => found()));
    expect(all.flat()).toEqual([channelId]);
    expect(resumes()).toBe(1);
  });

  it('tell nothing where Discord has forgotten them, or refuses them', async () => {
    const { id } = await loseSession();
    for (const note of [`unknown 1 ${discord.gateway.url}`, `${id} 900 ${discord.gateway.url}`]) {
      expect(await later(new Map([[KEY, note]])).found()).toEqual([]);
    }
    const { note } = await loseSession();
    expect(await later(new Map([[KEY, note]]), { token: 'another' }).found()).toEqual([]);
  });

  it('are enough where they tell all; where they do not, those who asked before are looked for, once a gap', async () => {
    const whole = later(new Map([[KEY, (await loseSession()).note]]), { ofMembers: ['1'] });
    await whole.found();
    expect(whole.membersAsked()).toBe(0);
    // A session that begins anew in the same process has been heard by nobody.
    expect(await whole.found()).toEqual(['1']);
    const { note } = await loseSession();
    const second = later(new Map([['session:gone/1', note]]), { ofMembers: ['1'] });
    expect(await second.found()).toContain('1');
    for (const texts of [new Map<string, string>(), new Map([[KEY, 'over']]), new Map([[KEY, `unknown 1 ${discord.gateway.url}`]])]) {
      expect(await later(texts, { ofMembers: ['1'] }).found()).toEqual(['1']);
      expect(await later(texts, { ofMembers: ['1'] }).found(1)).toEqual([]);
    }
    const living = later(new Map([[KEY, note]]), { ofMembers: ['1'], isAlive: async () => true });
    expect(await living.found()).toEqual([]);
  });

  it('are asked for again where the connection fails', async () => {
    const { note, channelId } = await loseSession();
    discord.gateway.setAccepting(false);
    const { found } = later(new Map([[KEY, note]]), { onWait: () => discord.gateway.setAccepting(true) });
    expect(await found()).toEqual([channelId]);
  });

  it.each(['ws://127.0.0.1:1/somewhere-else', 'wss://gateway.discord.gg.example.com', 'ws://user@localhost:1', 'wss://127.0.0.1'])(
    'are resumed where this process is connected to, and not at %s, which would hear the token',
    async (address) => {
      const { id, channelId } = await loseSession();
      expect(await later(new Map([[KEY, `${id} 1 ${address}`]])).found()).toEqual([channelId]);
    },
  );
});

describe('how much of a session was heard', () => {
  it('is noted when a heartbeat says so to Discord, which need not keep it from then on', async () => {
    const connections = new EventEmitter();
    const client = Object.assign(new EventEmitter(), { ws: { _ws: connections } }) as unknown as Client;
    const notes: string[] = [];
    const log = { debug: () => undefined } as unknown as Log;
    const sessions = createNotedSessions({ client, notebook: { set: async (_key, text) => void notes.push(text) }, owner: 'me', log });
    const tell = (t: string, s: number, d: object = {}): boolean => client.emit('raw' as never, ...([{ op: 0, t, s, d }, 0] as never));
    tell('READY', 1, { session_id: 'one', resume_gateway_url: 'ws://here' });
    tell('MESSAGE_CREATE', 7);
    expect(notes).toEqual(['one 1 ws://here']);
    connections.emit('heartbeat', { shardId: 0 });
    expect(notes).toEqual(['one 1 ws://here', 'one 7 ws://here']);
    // What comes now is for the next process, too, whoever hears it.
    const closed = sessions.close();
    tell('MESSAGE_CREATE', 9);
    await closed;
    connections.emit('heartbeat', { shardId: 0 });
    expect(notes).toHaveLength(2);
  });
});
