import { afterEach, describe, expect, it } from 'vitest';
import { manualStream } from '../simulators/bedrock.ts';
import { freshMember } from './fresh-member.ts';
import { ledgerRow } from './ledger-row.ts';
import { buttonsOf, withoutQuestion } from './pressing.ts';
import { shareWorld } from './shared-world.ts';
import type { FaultOutcome, FaultRule, SimulatedChannel, SimulatedInteraction, SimulatedMessage, SimulatedUser } from '../simulators/discord.ts';
import type { World } from '../start-parley.ts';

let world: World;
let storeUrl: string;
shareWorld({ discord: { rateLimits: 'off' } }, (opened, url) => {
  world = opened;
  storeUrl = url;
});

let places = 0;
const freshChannel = (): SimulatedChannel => world.guild.addChannel({ name: `once-${(places += 1)}` });

const ORIGINAL = '/webhooks/:id/:token/messages/@original';
const NO = { status: 405, code: 40_333, message: 'This server says no' } as const;

const left = (messages: readonly (SimulatedMessage | undefined)[]): readonly SimulatedMessage[] =>
  messages.filter((message): message is SimulatedMessage => message?.deleted === false && !message.thinking);
const toldTo = (asker: SimulatedUser, { response, followUps }: SimulatedInteraction): readonly SimulatedMessage[] => left([response, ...followUps, ...asker.dm.fromBot]);

let endStream = (): Promise<void> => Promise.resolve();

/** A private question whose answer is about to be said, while its response "thinks" or shows its beginning. */
const askPrivately = async (asker: SimulatedUser, beginning?: string) => {
  const stream = manualStream();
  world.bedrock.respondOnce(stream.responder);
  const interaction = asker.runCommand(freshChannel(), 'ask', { prompt: 'tell me', private: true });
  endStream = async () => {
    endStream = () => Promise.resolve();
    await stream.finish();
    await expect.poll(() => ledgerRow(storeUrl, interaction.id)).not.toContain('"accepted"');
  };
  await stream.request;
  if (beginning !== undefined) await stream.text(beginning);
  await world.discord.waitFor(() => (beginning === undefined ? interaction.response?.thinking === true : interaction.response?.content === beginning));
  return { interaction, stream };
};

const end = async ({ stream }: Awaited<ReturnType<typeof askPrivately>>, text: string): Promise<void> => {
  endStream = () => Promise.resolve();
  await stream.text(text);
  await stream.finish();
};

afterEach(async () => {
  world.discord.gateway.setDispatching(true);
  world.discord.faults.clear();
  // What a test that failed leaves unanswered would be asked again, and take the stream of the next one.
  await endStream();
});

describe('an answer that Discord takes only behind a response which shows its beginning, without having said so,', () => {
  // A machine that is slow lets the response "think" first, and then it is another case.
  /** Resolves when the answer was said behind it, and the response is being taken back. */
  const followed = async (asker: SimulatedUser, onDelete: FaultOutcome): Promise<SimulatedInteraction> => {
    const { discord } = world;
    discord.faults.add({ route: 'POST /interactions/:id/:token/callback', does: 'apply-then-502', times: 1 });
    discord.faults.add({ route: `PATCH ${ORIGINAL}`, does: NO });
    const removal = discord.faults.add({ route: `DELETE ${ORIGINAL}`, does: onDelete });
    const asked = await askPrivately(asker, 'The beginning');
    await end(asked, ', and the end.');
    await expect.poll(() => removal.hits).toBeGreaterThan(0);
    return asked.interaction;
  };

  it('is not said directly, too, because the response is taken back slowly', { timeout: 60_000, retry: 2 }, async () => {
    const asker = freshMember(world);
    const interaction = await followed(asker, { delayMs: 11_000 });
    await expect.poll(() => ledgerRow(storeUrl, interaction.id)).toContain('"delivered"');
    expect(interaction.followUps.map(({ content }) => content)).toEqual(['The beginning, and the end.']);
    expect(left(asker.dm.fromBot)).toEqual([]);
  });

  it('is not said once more by the next process, where this one dies meanwhile', { timeout: 60_000, retry: 2 }, async () => {
    const asker = freshMember(world);
    const interaction = await followed(asker, NO);
    expect(await ledgerRow(storeUrl, interaction.id)).toContain(interaction.followUps[0]?.id);
    world.discord.faults.clear();
    world.bedrock.respond({ text: 'The beginning, and the end.' });
    await world.restart({}, 0);
    await expect.poll(() => ledgerRow(storeUrl, interaction.id)).toContain('"delivered"');
    expect(toldTo(asker, interaction).map(({ content }) => content)).toEqual(['The beginning, and the end.']);
    expect(toldTo(asker, interaction).flatMap(buttonsOf)).not.toContain('Stop');
  });
});

describe('what Discord did without saying so, and does not show because it fails,', () => {
  const isLeftForLater = (questionId: string): Promise<void> => expect.poll(() => ledgerRow(storeUrl, questionId)).toContain('"owner":null');

  it('is not said once more in private', async () => {
    const { discord } = world;
    const asker = freshMember(world);
    const asked = await askPrivately(asker);
    const { interaction } = asked;
    // As often as discord.js itself repeats a request.
    discord.faults.add({ route: `PATCH ${ORIGINAL}`, does: 'apply-then-reset', times: 4 });
    discord.faults.add({ route: `PATCH ${ORIGINAL}`, does: NO });
    discord.faults.add({ route: `GET ${ORIGINAL}`, does: { status: 503 } });
    await end(asked, 'Certainly.');
    await isLeftForLater(interaction.id);
    discord.faults.clear();
    await expect.poll(() => ledgerRow(storeUrl, interaction.id)).toContain('"delivered"');
    expect(toldTo(asker, interaction).map(({ content }) => content)).toEqual(['Certainly.']);
  });

  it.each([
    ['503', { status: 503 }],
    ['no connection', 'reset'],
    ['a limit', { rateLimit: { scope: 'user', retryAfter: 30 } }],
  ] as const)('is not said once more to the asker directly (%s)', async (_name, does) => {
    const { discord } = world;
    const [place, asker] = [freshChannel(), freshMember(world)];
    const isHere: FaultRule['when'] = ({ path }) => path.startsWith(`/channels/${place.id}/messages`);
    discord.faults.add({ method: 'POST', when: isHere, does: 'apply-then-reset', times: 4 });
    discord.faults.add({ method: 'POST', when: isHere, does: NO });
    discord.faults.add({ method: 'GET', when: isHere, does });
    const question = asker.say(place, `${discord.botUser.mention} tell me`);
    // No event tells of the message either.
    discord.gateway.setDispatching(false);
    await isLeftForLater(question.id);
    discord.faults.clear();
    await expect.poll(() => ledgerRow(storeUrl, question.id)).toContain('"delivered"');
    expect(left(place.fromBot).map(({ content }) => withoutQuestion(content))).toEqual(['Certainly.']);
    expect(left(asker.dm.fromBot)).toEqual([]);
  });

  it('is said elsewhere where Discord refuses to show it for good', async () => {
    const { discord } = world;
    const [place, asker] = [freshChannel(), freshMember(world)];
    const isHere: FaultRule['when'] = ({ path }) => path.startsWith(`/channels/${place.id}/messages`);
    discord.faults.add({ when: isHere, does: NO });
    const question = asker.say(place, `${discord.botUser.mention} tell me`);
    await expect.poll(() => ledgerRow(storeUrl, question.id)).toContain('undeliverable');
    expect(left(asker.dm.fromBot)).toHaveLength(1);
  });
});
