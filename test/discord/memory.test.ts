import { DatabaseSync } from 'node:sqlite';
import { PermissionFlagsBits } from 'discord-api-types/v10';
import { describe, expect, it } from 'vitest';
import { manualStream } from '../simulators/bedrock.ts';
import { answerTo, askAgain } from './asking-again.ts';
import { decide } from './deciding.ts';
import { freshChannel } from './fresh-channel.ts';
import { letModerate } from './moderating.ts';
import { buttonsOf, press as pressBelow, turnsOf } from './pressing.ts';
import { buttonId, has, optionsOn, press, runCommand, selectId, wordsOn } from './settings-panel.ts';
import { shareWorld } from './shared-world.ts';
import type { Scope } from '../../src/conversation/scope.ts';
import type { SimulatedChannel, SimulatedInteraction, SimulatedMessage, SimulatedUser } from '../simulators/discord.ts';
import type { World } from '../start-parley.ts';

let world: World;
let url: string;
shareWorld({ discord: { rateLimits: 'off' } }, (opened, storeUrl) => {
  [world, url] = [opened, storeUrl];
});

const scopeIs = async (place: SimulatedChannel, scope: Scope): Promise<void> => {
  await decide(url, world.guild.id, { channels: { [place.id]: { scope } } });
  await world.restart();
};

const open = async (user: SimulatedUser, place: SimulatedChannel, options = {}): Promise<SimulatedMessage> => {
  const interaction = await runCommand(user, place, 'memory', options);
  expect(interaction.ephemeral).toBe(true);
  return interaction.response!;
};
const push = (user: SimulatedUser, panel: SimulatedMessage, label: string): Promise<SimulatedInteraction> => press(user, panel, buttonId(panel, label));

const told = (): (string | undefined)[] => turnsOf(world.bedrock.requests.at(-1)).map(([, text]) => text);
const askPrivately = async (user: SimulatedUser, place: SimulatedChannel, prompt: string): Promise<SimulatedInteraction> => {
  const asked = user.runCommand(place, 'ask', { prompt, private: true });
  await world.outcome(asked.id);
  return asked;
};
const replyTo = async (user: SimulatedUser, place: SimulatedChannel, to: SimulatedMessage, text: string, reply: string): Promise<SimulatedMessage> => {
  world.bedrock.respondOnce({ text: reply });
  const question = user.say(place, `${world.discord.botUser.mention} ${text}`, { replyTo: to });
  await world.outcome(question.id);
  return place.fromBot.findLast(({ referenceId }) => referenceId === question.id) as SimulatedMessage;
};
const NOTE = '-# I no longer remember this.';

describe('/memory', () => {
  it('tells what a shared conversation remembers, to whoever asks alone', async () => {
    const place = freshChannel(world);
    await answerTo(world, 'what is tea?', place, 'A drink.');
    await answerTo(world, 'and coffee?', place, 'Another.', world.bo);
    const panel = await open(world.ana, place);
    const words = wordsOn(panel);
    expect(words).toContain('All who ask here share this conversation.');
    expect(words).toContain('**Remembered:** 2 questions and their answers');
    expect(words).toMatch(/\*\*Tokens:\*\* about \d+, estimated as my budget does, without files/u);
    expect(words).toContain('**Files:** none');
    expect(words).toMatch(/\*\*Since:\*\* <t:\d+:f>/u);
    expect(words).toMatch(/\*\*Until:\*\* each is forgotten after 30 days, the oldest <t:\d+:R>/u);
    expect(words).toContain('**Last:** `and coffee?`, asked by');
    expect(panel.ephemeral).toBe(true);
    expect(place.visible(world.bo).some(({ id }) => id === panel.id)).toBe(false);
  });

  it('says so where nothing is remembered, and offers nothing', async () => {
    const panel = await open(world.ana, freshChannel(world));
    expect(wordsOn(panel)).toContain('I remember nothing of it');
    for (const label of ['Undo last', 'Forget', 'Export to read', 'Export as JSON']) expect(has(panel, label)).toBe(false);
  });

  it('tells of what was asked in private, in the place of the rest or beside it', async () => {
    const place = freshChannel(world);
    await answerTo(world, 'in the open', place, 'Yes.');
    await askPrivately(world.ana, place, 'a secret');
    expect(wordsOn(await open(world.ana, place))).toContain('1 question that you asked in private here');
    expect(wordsOn(await open(world.bo, place))).not.toContain('in private');
    const panel = await open(world.ana, place, { private: true });
    expect(wordsOn(panel)).toContain('This is what you asked me in private here.');
    expect(wordsOn(panel)).toContain('`a secret`');
    expect(wordsOn(panel)).not.toContain('in the open');
  });

  it.each([
    ['user', 'This conversation is yours alone', 1],
    ['thread', 'This conversation is yours alone', 1],
    ['room', 'All who ask here share', 2],
  ] as const)('in scope %s tells of what is shared there', async (scope, words, questions) => {
    const place = freshChannel(world);
    await scopeIs(place, scope);
    await answerTo(world, 'mine', place, 'Yes.');
    await answerTo(world, 'his', place, 'Yes.', world.bo);
    const panel = await open(world.ana, place);
    expect(wordsOn(panel)).toContain(words);
    expect(wordsOn(panel)).toContain(`**Remembered:** ${questions} question`);
    await decide(url, world.guild.id, {});
  });

  it('in a direct message tells of that', async () => {
    const cy = world.discord.addUser({ name: 'cy-memory' });
    await world.ask(cy, 'hello', cy.dm);
    const panel = await open(cy, cy.dm);
    expect(wordsOn(panel)).toContain('This conversation is between you and me.');
    expect(wordsOn(panel)).toContain('1 question and its answer');
  });

  it('shows chains of replies one at a time, the newest first', async () => {
    const place = freshChannel(world);
    await scopeIs(place, 'reply');
    const tea = await answerTo(world, 'tea?', place, 'Green.');
    await answerTo(world, 'cars?', place, 'Fast.', world.bo);
    await replyTo(world.bo, place, tea, 'why?', 'It calms.');
    const panel = await open(world.ana, place);
    expect(wordsOn(panel)).toContain('**Chains of replies:** 2');
    expect(wordsOn(panel)).toContain('`cars?`');
    expect(optionsOn(panel).map(({ label }) => label)).toEqual(['cars?', 'tea?']);
    await press(world.ana, panel, selectId(panel), [optionsOn(panel)[1]!.value]);
    expect(wordsOn(panel)).toContain('2 questions and their answers');
    expect(wordsOn(panel)).toContain('`why?`');
    expect(wordsOn(panel)).not.toContain('`cars?`');
    await decide(url, world.guild.id, {});
  });

  it('survives a restart, and says so where others share a conversation now', async () => {
    const place = freshChannel(world);
    await answerTo(world, 'one', place, 'Yes.');
    const panel = await open(world.ana, place);
    await world.restart();
    await push(world.ana, panel, 'Undo last');
    expect(wordsOn(panel)).toContain('Done: I no longer remember');
    await answerTo(world, 'two', place, 'Yes.');
    const other = await open(world.ana, place);
    await scopeIs(place, 'user');
    await push(world.ana, other, 'Undo last');
    expect(wordsOn(other)).toContain('Who shares a conversation here was changed since.');
    expect(wordsOn(other)).toContain('This conversation is yours alone');
    await decide(url, world.guild.id, {});
    await world.restart();
    await answerTo(world, 'and now?', place, 'Yes.');
    expect(told()).toEqual(['two', 'Yes.', 'and now?']);
  });
});

describe('Undo last', () => {
  it('takes the last question out of memory, twice in a row, and its answer says so', async () => {
    const place = freshChannel(world);
    for (const text of ['one', 'two', 'three']) await answerTo(world, text, place, `${text}!`);
    const panel = await open(world.ana, place);
    for (const text of ['three!', 'two!']) {
      await push(world.ana, panel, 'Undo last');
      const answer = place.fromBot.find(({ content }) => content.startsWith(text)) as SimulatedMessage;
      await world.discord.waitFor(() => answer.content === `${text}\n${NOTE}`);
      expect(buttonsOf(answer)).toEqual([]);
    }
    expect(wordsOn(panel)).toContain('1 question and its answer');
    await answerTo(world, 'four', place, 'four!');
    expect(told()).toEqual(['one', 'one!', 'four']);
  });

  it('is for its asker, and for those who manage messages', async () => {
    const place = freshChannel(world);
    await answerTo(world, 'mine', place, 'Yes.');
    const panel = await open(world.bo, place);
    expect(wordsOn(panel)).toContain('Only whoever asked it, and those who manage messages here');
    letModerate(world.bo, place);
    const again = await open(world.bo, place);
    // Who may is looked at with each press.
    place.setOverwrite(world.bo, {});
    await push(world.bo, again, 'Undo last');
    expect(wordsOn(again)).toContain('Only whoever asked the last question');
    await answerTo(world, 'still?', place, 'Yes.');
    expect(told()).toEqual(['mine', 'Yes.', 'still?']);
    letModerate(world.bo, place);
    const allowed = await open(world.bo, place);
    await push(world.bo, allowed, 'Undo last');
    await answerTo(world, 'and now?', place, 'Yes.');
    expect(told()).toEqual(['mine', 'Yes.', 'and now?']);
  });

  it('does nothing to what was asked since the panel was drawn', async () => {
    const place = freshChannel(world);
    await answerTo(world, 'one', place, 'Yes.');
    const panel = await open(world.ana, place);
    await answerTo(world, 'two', place, 'Yes.');
    await push(world.ana, panel, 'Undo last');
    expect(wordsOn(panel)).toContain('Something was said or forgotten here since');
    expect(wordsOn(panel)).toContain('`two`');
    await push(world.ana, panel, 'Undo last');
    await answerTo(world, 'and now?', place, 'Yes.');
    expect(told()).toEqual(['one', 'Yes.', 'and now?']);
  });

  it('says so while an answer is being written', async () => {
    const place = freshChannel(world);
    await answerTo(world, 'one', place, 'Yes.');
    const stream = manualStream();
    world.bedrock.respondOnce(stream.responder);
    const question = world.bo.say(place, `${world.discord.botUser.mention} slowly`);
    await stream.request;
    const panel = await open(world.ana, place);
    expect(wordsOn(panel)).toContain('I am answering 1 more question here.');
    await push(world.ana, panel, 'Undo last');
    expect(wordsOn(panel)).toContain('I am just answering here.');
    await stream.text('Slowly.');
    await stream.finish();
    await world.outcome(question.id);
    await answerTo(world, 'and now?', place, 'Yes.');
    expect(told()).toEqual(['one', 'Yes.', 'slowly', 'Slowly.', 'and now?']);
  });

  it('takes all answers to the question, and what one of them went on in', async () => {
    const place = freshChannel(world);
    await answerTo(world, 'one', place, 'Yes.');
    const two = await answerTo(world, 'two', place, 'First.');
    await askAgain(world, world.ana, two, 'Second, cut');
    await world.discord.waitFor(() => two.deleted);
    const panel = await open(world.ana, place);
    await push(world.ana, panel, 'Undo last');
    await answerTo(world, 'and now?', place, 'Yes.');
    expect(told()).toEqual(['one', 'Yes.', 'and now?']);

    world.bedrock.respondOnce({ text: 'One, two,', stopReason: 'max_tokens' });
    const cut = await world.ask(world.ana, 'count', place);
    world.bedrock.respondOnce({ text: 'three.' });
    await world.outcome((await pressBelow(world.ana, cut, 'Continue')).id);
    const other = await open(world.ana, place);
    expect(wordsOn(other)).toContain('`count`');
    await push(world.ana, other, 'Undo last');
    await answerTo(world, 'what?', place, 'Yes.');
    expect(told()).toEqual(['one', 'Yes.', 'and now?', 'Yes.', 'what?']);
    await world.discord.waitFor(() => place.fromBot.filter(({ content }) => content.endsWith(NOTE)).length === 3);
  });

  it('leaves the rest of a chain as it is', async () => {
    const place = freshChannel(world);
    await scopeIs(place, 'reply');
    const tea = await answerTo(world, 'tea?', place, 'Green.');
    const why = await replyTo(world.bo, place, tea, 'why?', 'It calms.');
    await replyTo(world.ana, place, tea, 'and milk?', 'Yes.');
    const panel = await open(world.ana, place);
    await push(world.ana, panel, 'Undo last');
    expect(wordsOn(panel)).toContain('2 questions and their answers');
    await replyTo(world.ana, place, why, 'how?', 'Slowly.');
    expect(told()).toEqual(['tea?', 'Green.', 'why?', 'It calms.', 'how?']);
    await decide(url, world.guild.id, {});
  });

  it('takes what was asked in private, whose message says so while it can', async () => {
    const place = freshChannel(world);
    const asked = await askPrivately(world.ana, place, 'a secret');
    const panel = await open(world.ana, place, { private: true });
    await push(world.ana, panel, 'Undo last');
    await world.discord.waitFor(() => asked.response?.content === `Certainly.\n${NOTE}`);
    await askPrivately(world.ana, place, 'again');
    expect(told()).toEqual(['again']);
  });

  it('says below a full message what there is no room for in it', async () => {
    const place = freshChannel(world);
    const long = `${'x'.repeat(1_990)} end`;
    const answer = await answerTo(world, 'long?', place, long);
    const panel = await open(world.ana, place);
    await push(world.ana, panel, 'Undo last');
    await world.discord.waitFor(() => place.fromBot.some(({ content }) => content.endsWith(NOTE)));
    await world.discord.waitFor(() => buttonsOf(answer).length === 0);
    expect(place.fromBot.every(({ content }) => content.length <= 2_000)).toBe(true);
  });
});

describe('Forget', () => {
  it('asks once, then does as /reset does, and tells all who shared it', async () => {
    const place = freshChannel(world);
    letModerate(world.ana, place);
    const answer = await answerTo(world, 'one', place, 'Yes.', world.bo);
    const stream = manualStream();
    world.bedrock.respondOnce(stream.responder);
    const question = world.bo.say(place, `${world.discord.botUser.mention} slowly`);
    await stream.request;
    const panel = await open(world.ana, place);
    await push(world.ana, panel, 'Forget');
    expect(wordsOn(panel)).toContain('Forget this conversation?');
    await push(world.ana, panel, 'Back');
    await push(world.ana, panel, 'Forget');
    await push(world.ana, panel, 'Forget it all');
    const said = 'Done: I have forgotten this conversation: 1 question and its answer, which everybody here shared. I also ended a question that was not fully answered yet. The next question starts afresh.';
    expect(wordsOn(panel)).toBe(said);
    await world.discord.waitFor(() => place.visible(world.bo).some(({ content }) => content === said));
    expect(await world.outcome(question.id)).toMatchObject({ kind: 'reset' });
    await world.discord.waitFor(() => buttonsOf(answer).length === 0, 20_000);
    await answerTo(world, 'and now?', place, 'Yes.');
    expect(told()).toEqual(['and now?']);
  });

  it('is for those who may /reset', async () => {
    const place = freshChannel(world);
    await answerTo(world, 'one', place, 'Yes.');
    const panel = await open(world.bo, place);
    expect(wordsOn(panel)).toContain('Only those who manage messages here can make me forget it.');
    letModerate(world.bo, place);
    const asking = await open(world.bo, place);
    await push(world.bo, asking, 'Forget');
    place.setOverwrite(world.bo, {});
    await push(world.bo, asking, 'Forget it all');
    expect(wordsOn(asking)).toContain('This conversation is shared');
    await answerTo(world, 'and now?', place, 'Yes.');
    expect(told()).toEqual(['one', 'Yes.', 'and now?']);
  });

  it('forgets one chain of replies and no other, and what is private without telling others', async () => {
    const place = freshChannel(world);
    letModerate(world.ana, place);
    await scopeIs(place, 'reply');
    const tea = await answerTo(world, 'tea?', place, 'Green.');
    const cars = await answerTo(world, 'cars?', place, 'Fast.', world.bo);
    const panel = await open(world.ana, place);
    await push(world.ana, panel, 'Forget');
    await push(world.ana, panel, 'Forget it all');
    expect(wordsOn(panel)).toContain('I have forgotten this chain of replies: 1 question and its answer');
    await replyTo(world.ana, place, tea, 'why?', 'It calms.');
    expect(told()).toEqual(['tea?', 'Green.', 'why?']);
    await replyTo(world.ana, place, cars, 'why?', 'Engines.');
    expect(told()).toEqual(['why?']);
    await decide(url, world.guild.id, {});
    await world.restart();

    await askPrivately(world.bo, place, 'a secret');
    const mine = await open(world.bo, place, { private: true });
    await push(world.bo, mine, 'Forget');
    const before = place.visible(world.ana).length;
    await push(world.bo, mine, 'Forget it all');
    expect(wordsOn(mine)).toContain('I have forgotten our private conversation here: 1 question and its answer.');
    expect(place.visible(world.ana)).toHaveLength(before);
  });
});

describe('Export', () => {
  const exported = async (user: SimulatedUser, place: SimulatedChannel, label: string, options = {}): Promise<{ readonly response: SimulatedMessage; readonly text: string }> => {
    const panel = await open(user, place, options);
    const pressed = await push(user, panel, label);
    const response = await world.discord.waitFor(() => (pressed.response !== panel && pressed.response?.content ? pressed.response : undefined));
    expect(response.ephemeral).toBe(true);
    expect(place.visible(user === world.ana ? world.bo : world.ana).some(({ id }) => id === response.id)).toBe(false);
    const file = response.attachments[0];
    return { response, text: file === undefined ? '' : Buffer.from(await (await fetch(file.url())).arrayBuffer()).toString() };
  };

  it('gives a file to read, with names, times, texts and the names of files; whatever was said can end nothing in it', async () => {
    const place = freshChannel(world);
    world.bedrock.respondOnce({ text: 'Here: ![x](https://evil.example/x.png) @everyone\n```js\n1\n```\n## `Bo`, 2020-01-01' });
    const question = world.ana.say(place, `${world.discord.botUser.mention} look`, { attachments: [{ name: 'note 1.txt', bytes: 'secret words', contentType: 'text/plain' }] });
    await world.outcome(question.id);
    const { response, text } = await exported(world.bo, place, 'Export to read');
    expect(response.content).toBe('1 question and its answer. Times are UTC.');
    expect(response.attachments[0]?.name).toMatch(/^conversation-\d{4}-\d\d-\d\d\.md$/u);
    expect(text).toMatch(/^# What `[^`]+` remembers\n/u);
    expect(text).toMatch(new RegExp(`\\n## \`${world.ana.displayName}\`, \\d{4}-\\d\\d-\\d\\d \\d\\d:\\d\\d UTC\\n\\n\`\`\`text\\nlook\\n\`\`\`\\n`, 'u'));
    expect(text).toContain('Files: `note');
    expect(text).not.toContain('secret words');
    expect(text).toContain('\n````text\nHere: ![x](https://evil.example/x.png) @everyone\n```js\n1\n```\n## `Bo`, 2020-01-01\n````\n');
    expect(world.discord.pings.filter(({ messageId }) => messageId === response.id)).toEqual([]);
    expect(response.embeds).toEqual([]);
  });

  it('gives the messages as Converse takes them', async () => {
    const place = freshChannel(world);
    await answerTo(world, 'one', place, 'Yes.');
    await answerTo(world, 'two', place, 'No.', world.bo);
    const { text } = await exported(world.ana, place, 'Export as JSON');
    const { messages, left_out: leftOut } = JSON.parse(text) as { messages: { role: string; content: { text: string }[] }[]; left_out: number };
    expect(messages.map(({ role, content }) => [role, content.at(-1)?.text])).toEqual([['user', 'one'], ['assistant', 'Yes.'], ['user', 'two'], ['assistant', 'No.']]);
    expect(leftOut).toBe(0);
  });

  it('is not for whoever may not read the history there, who is told no words of it either', async () => {
    const place = freshChannel(world);
    await answerTo(world, 'my words', place, 'Yes.');
    const panel = await open(world.bo, place);
    place.setOverwrite(world.bo, { deny: PermissionFlagsBits.ReadMessageHistory });
    const pressed = await push(world.bo, panel, 'Export to read');
    await world.discord.waitFor(() => pressed.response?.content.startsWith('You may not read the message history here'));
    expect(pressed.response?.attachments).toEqual([]);
    const other = await open(world.bo, place);
    expect(wordsOn(other)).toContain('1 question and its answer');
    expect(wordsOn(other)).not.toContain('my words');
    expect(has(other, 'Export to read')).toBe(false);
  });

  it('gives what was asked in private to its asker', async () => {
    const place = freshChannel(world);
    await askPrivately(world.ana, place, 'a secret');
    const { text } = await exported(world.ana, place, 'Export to read', { private: true });
    expect(text).toContain('a secret');
    expect(text).toContain(`## \`${world.ana.displayName}\``);
  });
});

describe('where things fail', () => {
  it('a record that cannot be read is told, and Forget deletes it', async () => {
    const place = freshChannel(world);
    letModerate(world.ana, place);
    await answerTo(world, 'one', place, 'Yes.');
    await world.parley.stop(0);
    using database = new DatabaseSync(url.replace('sqlite://', ''));
    database.prepare("UPDATE keyv SET value = '{' WHERE key = ?").run(`history:${place.id}`);
    database.close();
    await world.restart();
    const panel = await open(world.ana, place);
    expect(wordsOn(panel)).toContain('cannot be read any more');
    expect(wordsOn(await open(world.ana, place))).toContain('cannot be read any more');
    await push(world.ana, panel, 'Forget');
    await push(world.ana, panel, 'Forget it all');
    expect(wordsOn(panel)).toContain('Done');
    expect(wordsOn(await open(world.ana, place))).not.toContain('cannot be read any more');
  });

  it('an export that Discord does not take ends with a sentence', async () => {
    const place = freshChannel(world);
    await answerTo(world, 'one', place, 'Yes.');
    const panel = await open(world.ana, place);
    world.discord.faults.add({ route: /PATCH \/webhooks/u, does: { status: 400, code: 40_005 }, times: 1 });
    const pressed = await push(world.ana, panel, 'Export as JSON');
    await world.discord.waitFor(() => pressed.response?.content.startsWith('Discord did not take the file.'));
  });

  it('a panel that Discord does not take ends with a sentence', async () => {
    const place = freshChannel(world);
    world.discord.faults.add({ route: /PATCH \/webhooks/u, does: { status: 400, code: 50_035 }, times: 1 });
    const interaction = world.ana.runCommand(place, 'memory');
    await world.discord.waitFor(() => interaction.response?.content.startsWith('Discord did not let me show'));
  });
});
