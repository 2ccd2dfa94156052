import { PermissionFlagsBits } from 'discord-api-types/v10';
import { beforeEach, describe, expect, it } from 'vitest';
import { bedrockErrors, manualStream } from '../simulators/bedrock.ts';
import { openStore } from '../../src/store/open-store.ts';
import { beginAnswer } from './begin-answer.ts';
import { freshChannel } from './fresh-channel.ts';
import { freshMember } from './fresh-member.ts';
import { FIVE_A_MINUTE, NOVA, limiting } from './limiting.ts';
import { buttonId, press, privateReplies } from './pressing.ts';
import { restartMuchLater } from './resume/much-later.ts';
import { shareWorld } from './shared-world.ts';
import type { SimulatedChannel, SimulatedUser } from '../simulators/discord.ts';
import type { World } from '../start-parley.ts';

let world: World;
let url: string;
shareWorld(FIVE_A_MINUTE, (opened, storeUrl) => {
  [world, url] = [opened, storeUrl];
});

let place: SimulatedChannel;
let member: SimulatedUser;
beforeEach(() => {
  [place, member] = [freshChannel(world), freshMember(world)];
});
const { allow, ask, say, taken } = limiting(() => ({ world, url, place, member }));

const held = async (): Promise<string[]> => {
  const store = openStore(url, { table: 'ledger' });
  const keys = await Array.fromAsync(store.entries('limit-held:'), ([key]) => key);
  await store.close();
  return keys;
};

describe('what counts as a question', () => {
  it('is none that failed: it is given back', async () => {
    await allow('member: 1 question an hour\nmember: 1 at once');
    world.bedrock.respondOnce({ error: bedrockErrors.accessDenied() });
    await ask(member, 'one that fails');
    expect(await held()).toEqual([]);
    expect(await taken(2)).toBe(1);
  });

  it('is one that was stopped by its asker', async () => {
    await allow('member: 1 question an hour');
    const { draft, question } = await beginAnswer(world, place, { asker: member });
    await press(member, draft, 'Stop');
    await world.outcome(question.id);
    expect(await taken(1)).toBe(0);
  });

  it('is what Regenerate asks, which is refused in private and changes nothing', async () => {
    await allow('member: 2 questions an hour');
    const answer = await ask(member, 'a colour?');
    const again = await press(member, answer!, 'Regenerate');
    await world.outcome(again.id);
    await world.discord.waitFor(() => answer!.deleted);
    const anew = place.fromBot.findLast(({ deleted }) => !deleted)!;
    const refused = await press(member, anew, 'Regenerate');
    expect(privateReplies(refused)[0]).toContain('You have used up your 2 questions an hour.');
    expect([anew.deleted, buttonId(anew, 'Regenerate') !== '']).toEqual([false, true]);
    expect(await held()).toEqual([]);
  });

  it('is what Continue asks', async () => {
    await allow('member: 1 question an hour');
    world.bedrock.respondOnce({ text: 'Half of', stopReason: 'max_tokens' });
    const answer = await ask(member, 'a story');
    const refused = await press(member, answer!, 'Continue');
    expect(privateReplies(refused)[0]).toContain('You have used up your 1 question an hour.');
    expect(await held()).toEqual([]);
  });

  it('is one that whoever pressed the button has asked, not the first asker', async () => {
    await allow('member: 1 question an hour');
    const moderator = freshMember(world);
    world.guild.setMember(moderator, { roles: [world.guild.addRole({ name: 'moderators', permissions: PermissionFlagsBits.ManageMessages })] });
    const answer = await ask(member, 'a colour?');
    const again = await press(moderator, answer!, 'Regenerate');
    await world.outcome(again.id);
    expect(await taken(1, moderator)).toBe(0);
    expect(await taken(1)).toBe(0);
  });

  it('is one that was made again and again until it worked, once', async () => {
    await allow('member: 2 questions an hour');
    world.bedrock.respondOnce({ error: bedrockErrors.internalServer() }, { error: bedrockErrors.internalServer() });
    expect(await taken(3)).toBe(2);
  });

  it('is one that a process left behind, once; what was held for it is counted by whoever ends it', async () => {
    await allow('member: 2 questions an hour\nmember: 1 at once');
    const stream = manualStream();
    world.bedrock.respondOnce(stream.responder);
    const question = say(member, 'a long story');
    await stream.request;
    await stream.text('Once upon');
    await world.parley.stop(0);
    expect(await held()).toEqual([`limit-held:${question.id}`]);
    await world.restart();
    await world.outcome(question.id);
    await expect.poll(held).toEqual([]);
    expect(place.fromBot.filter(({ deleted }) => !deleted).map(({ content }) => content)).toEqual(['Certainly.']);
    expect(await taken(2)).toBe(1);
  });

  it('is none where nobody answered in time, until Try again is pressed, which is refused in private', async () => {
    await allow('member: 1 question a day\nmember: 1 at once');
    const { question } = await beginAnswer(world, place, { asker: member });
    await restartMuchLater(world, url);
    const notice = await world.discord.waitFor(() => place.fromBot.find(({ content }) => content.includes('Try again')));
    await expect.poll(held).toEqual([]);
    expect(await taken(1)).toBe(1);
    const refused = await press(member, notice, 'Try again');
    expect(privateReplies(refused)[0]).toContain('You have used up your 1 question a day.');
    expect(buttonId(notice, 'Try again')).toBe(`retry:${question.id}`);
    await allow('member: 2 questions a day');
    const [first, second] = [member.click(notice, `retry:${question.id}`), member.click(notice, `retry:${question.id}`)];
    await Promise.all([first.settled(), second.settled()]);
    await world.outcome(question.id);
    await expect.poll(held).toEqual([]);
    expect(notice.content).toBe('Certainly.');
    expect(await taken(1)).toBe(0);
  });

  it('keeps the model that a limit has chosen, whoever goes on with it', async () => {
    await allow(`member: 1 question an hour, then use ${NOVA}`);
    await ask(member, 'one');
    const stream = manualStream();
    world.bedrock.respondOnce(stream.responder);
    const question = say(member, 'a long story');
    await stream.request;
    await world.restart({}, 0);
    await world.outcome(question.id);
    expect(world.bedrock.requests.at(-1)?.modelId).toBe(NOVA);
    expect(place.fromBot.at(-1)?.content).toContain('answered, because you have used up your 1 question an hour');
  });
});
