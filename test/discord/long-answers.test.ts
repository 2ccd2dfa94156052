import { PermissionFlagsBits } from 'discord-api-types/v10';
import { describe, expect, it } from 'vitest';
import { manualStream } from '../simulators/bedrock.ts';
import { freshChannel } from './fresh-channel.ts';
import { shareWorld } from './shared-world.ts';
import type { SimulatedMessage } from '../simulators/discord.ts';
import type { World } from '../start-parley.ts';

let world: World;
shareWorld({ environment: { BEDROCK_MAX_TOKENS: '20000' } }, (opened) => {
  world = opened;
});

/** What people have before them once the model wrote this. */
const shown = async (text: string, place = freshChannel(world)): Promise<readonly SimulatedMessage[]> => {
  world.bedrock.respondOnce({ text });
  const question = world.ana.say(place, `${world.discord.botUser.mention} go on`);
  await world.outcome(question.id);
  return place.fromBot.filter(({ deleted }) => !deleted);
};
const contents = (messages: readonly SimulatedMessage[]): string[] => messages.map(({ content }) => content);
const filesOf = (messages: readonly SimulatedMessage[]) => messages.flatMap(({ attachments }) => attachments);
/** The messages' own text without white space, small print and fences. */
const words = (texts: readonly string[]): string =>
  texts.join('\n').replace(/^-# .*$/gmu, '').replace(/^ *```.*$/gmu, '').replace(/\s+/gu, ' ').trim();

const sentences = (count: number): string => Array.from({ length: count }, (_, index) => `This is sentence number ${index} of the answer.`).join(' ');
const paragraphs = (length: number): string => {
  let text = '';
  for (let index = 0; text.length < length; index += 1) text += `Paragraph ${index}. ${sentences(6)}\n\n`;
  return text.slice(0, length).trim();
};
const codeLines = (length: number): string => {
  let code = '';
  for (let index = 0; code.length < length; index += 1) code += `const value${index} = ${index};\n`;
  return code;
};

describe('a long answer', () => {
  it('is split between paragraphs, or else lines, sentences, words', async () => {
    const ends = async (unit: string, gap: string) => contents(await shown(Array.from({ length: 60 }, () => unit).join(gap))).slice(0, -1);
    for (const content of await ends('One paragraph of some words, and then some more of them.', '\n\n')) expect(content).toMatch(/more of them\.$/u);
    for (const content of await ends('one line of words without an end to it, but not too long', '\n')) expect(content).toMatch(/not too long$/u);
    for (const content of await ends('This sentence is one of many, all of them in one paragraph.', ' ')) expect(content).toMatch(/one paragraph\.$/u);
    for (const content of await ends('words without any full stop that go on for a very long time', ' ')) expect(content).toMatch(/\w$/u);
  });

  it('of 20,000 characters is four messages, and a file with all of it as the model wrote it', async () => {
    const text = `${paragraphs(12_000)}\n\n| a | b |\n|---|---|\n| @everyone | \u202Ex |\n\n${paragraphs(8_000)}`;
    const messages = await shown(text);
    expect(messages).toHaveLength(4);
    for (const { content } of messages) expect(content.length).toBeLessThanOrEqual(2_000);
    expect(text.replace(/\s+/gu, ' ').startsWith(words(contents(messages)))).toBe(true);
    expect(messages.at(-1)?.content).toMatch(/\n-# It goes on, and the whole answer comes as a file: `answer\.md`$/u);
    expect(messages.slice(0, -1).flatMap(({ attachments }) => attachments)).toEqual([]);
    const files = filesOf(messages);
    expect(files.map(({ name }) => name)).toEqual(['answer.md']);
    expect(files[0]?.text()).toBe(text);
  });

  it('has a code block that fits no message in a file of its kind, as it is', async () => {
    const code = codeLines(5_000);
    const messages = await shown(`Here it is:\n\n\`\`\`ts\n${code}\`\`\`\n\nThat was all.`);
    expect(contents(messages)).toEqual(['Here it is:', '-# This code comes as a file: `code.ts`\nThat was all.']);
    expect(filesOf(messages).map(({ name }) => name)).toEqual(['code.ts']);
    expect(filesOf(messages)[0]?.text()).toBe(code);
  });

  it('has each of several such blocks in a file of its own', async () => {
    const [first, second] = [codeLines(3_000), codeLines(4_000)];
    const nested = '```js\ncode in code\n```\n';
    const messages = await shown(`One:\n\`\`\`python\n${first}\`\`\`\nTwo:\n\`\`\`\`\`md\n${nested}\`\`\`\`\`\nThree:\n~~~dockerfile\n${second}~~~`);
    expect(filesOf(messages).map(({ name }) => name)).toEqual(['code.py', 'code-2.md', 'Dockerfile-3']);
    expect(filesOf(messages).map((file) => file.text())).toEqual([first, nested, second]);
    for (const { name } of filesOf(messages)) expect(contents(messages).join('\n')).toContain(name);
  });

  it('moves a code block that fits a message as a whole, and keeps lists and quotes', async () => {
    const code = codeLines(1_500);
    const list = Array.from({ length: 20 }, (_, index) => `- item ${index}\n  - ${sentences(1)}`).join('\n');
    const quote = Array.from({ length: 40 }, (_, index) => `> quoted line ${index}, ${sentences(1)}`).join('\n');
    const messages = contents(await shown(`${list}\n\n\`\`\`ts\n${code}\`\`\`\n\n${quote}`));
    expect(messages.filter((content) => content.includes('```')).map((content) => content.match(/```/gu)?.length)).toEqual([2]);
    expect(messages.find((content) => content.includes('```'))).toContain(`\`\`\`ts\n${code}\`\`\``);
    for (const line of messages.join('\n').split('\n')) {
      if (line.includes('item') || line.includes('quoted')) expect(line).toMatch(/^(?:- item|> quoted line) \d+/u);
      else if (line.includes('sentence')) expect(line).toMatch(/^ {2}- /u);
    }
  });

  it('never changes an earlier message once a later one is there', async () => {
    const place = freshChannel(world);
    const stream = manualStream();
    world.bedrock.respondOnce(stream.responder);
    const question = world.ana.say(place, `${world.discord.botUser.mention} at length`);
    await stream.request;
    const text = `${paragraphs(3_000)}\n\n\`\`\`ts\n${codeLines(1_200)}\`\`\`\n\n| Name | Value |\n|---|---|\n| a | b |\n\n${paragraphs(2_500)}`;
    for (let at = 0; at < text.length; at += 700) {
      await stream.text(text.slice(at, at + 700));
      const due = Math.floor((at - 1_500) / 2_000);
      if (due > 0) await world.discord.waitFor(() => place.fromBot.length >= due, 15_000);
    }
    await stream.finish();
    await world.outcome(question.id);
    const messages = place.fromBot.filter(({ deleted }) => !deleted);
    expect(messages.length).toBeGreaterThan(2);
    for (const [index, message] of messages.entries()) {
      const next = messages[index + 1];
      if (next !== undefined) for (const revision of message.revisions) if (revision.at > next.createdAt) expect(revision.content).toBe(message.content);
    }
    expect(words(contents(messages))).toContain('a b');
  });

  it('takes some of its words along where the small print below it needs a message more', async () => {
    const text = sentences(60).slice(0, 1_995);
    world.bedrock.respondOnce({ text, stopReason: 'max_tokens' });
    const place = freshChannel(world);
    const question = world.ana.say(place, `${world.discord.botUser.mention} go on`);
    await world.outcome(question.id);
    const [first = '', second = '', ...more] = contents(place.fromBot.filter(({ deleted }) => !deleted));
    expect(more).toEqual([]);
    expect(first).toMatch(/of the answer\.$/u);
    expect(second).toMatch(/^This is sentence number[^]*\n-# The answer was cut off/u);
    expect(words([first, second])).toBe(text.trim());
  });

  it('leaves a code block whole above the small print', async () => {
    const block = `\`\`\`ts\n${codeLines(1_960)}\`\`\``;
    world.bedrock.respondOnce({ text: block, stopReason: 'max_tokens' });
    const place = freshChannel(world);
    const question = world.ana.say(place, `${world.discord.botUser.mention} go on`);
    await world.outcome(question.id);
    const [first, second] = contents(place.fromBot.filter(({ deleted }) => !deleted));
    expect(first).toBe(block);
    expect(second).toMatch(/^-# The answer was cut off/u);
  });

  it('never shows what the model thought', async () => {
    world.bedrock.respondOnce({ text: 'Seven.', reasoning: 'Let me count them in secret.' });
    const place = freshChannel(world);
    const answer = await world.ask(world.ana, 'how many?', place);
    expect(answer.content).toBe('Seven.');
    for (const { revisions } of place.fromBot) for (const { content } of revisions) expect(content).not.toContain('secret');
  });
});

describe('where no files can be sent', () => {
  const code = codeLines(5_000);
  const text = `Here it is:\n\n\`\`\`ts\n${code}\`\`\`\n\nThat was all.`;
  const inMessages = (messages: readonly SimulatedMessage[]): void => {
    expect(filesOf(messages)).toEqual([]);
    for (const { content } of messages) {
      expect(content).not.toContain('comes as a file');
      if (content.includes('```')) expect(content.match(/^```(?:ts)?$/gmu)).toEqual(['```ts', '```']);
    }
    const note = '\n-# Discord took no file here, so all that it takes is in messages.';
    expect(contents(messages).filter((content) => content.endsWith(note))).toHaveLength(1);
    expect(words(contents(messages).map((content) => content.replace(note, '')))).toBe(words([text]));
  };

  it('is shown in further messages when the permission is missing', async () => {
    const place = freshChannel(world);
    place.denyBot(PermissionFlagsBits.AttachFiles);
    inMessages(await shown(text, place));
  });

  it.each([
    [413, 40_005],
    [400, 50_045],
    [403, 50_013],
  ])('is shown in further messages after a refusal with %i and code %i', async (status, code_) => {
    world.discord.faults.add({ when: ({ body }) => (body as { attachments?: unknown } | undefined)?.attachments !== undefined, does: { status, code: code_ } });
    inMessages(await shown(text));
  });

  it('is shown in further messages after a command, too', async () => {
    const place = freshChannel(world);
    place.denyBot(PermissionFlagsBits.AttachFiles);
    world.bedrock.respondOnce({ text });
    const interaction = world.ana.runCommand(place, 'ask', { prompt: 'long' });
    await world.outcome(interaction.id);
    inMessages(place.fromBot.filter(({ deleted }) => !deleted));
  });
});
