import { setTimeout as pause } from 'node:timers/promises';
import type { SimulatedChannel, SimulatedInteraction, SimulatedMessage } from '../simulators/discord.ts';
import type { People } from './people.ts';
import type { Screen } from './screen.ts';

const READING_MS = 300;
const LONGEST_MS = 15_000;

/** The scenes: each question waits for the end of the answer before it. */
export const play = async ({ discord, ana, bo, general, channels }: People, screen: Screen): Promise<void> => {
  const mention = discord.botUser.mention;

  /** The end of an answer is known by the end of its last line, which the play knows. */
  const endsWith = async (channel: SimulatedChannel, ending: string): Promise<SimulatedMessage> => {
    const message = await discord.waitFor(() => channel.fromBot.find(({ content }) => content.trimEnd().endsWith(ending)), LONGEST_MS);
    await pause(READING_MS);
    return message;
  };
  const responded = async (interaction: SimulatedInteraction, ending: string): Promise<void> => {
    await discord.waitFor(() => interaction.response?.content.trimEnd().endsWith(ending), LONGEST_MS);
    await pause(READING_MS);
  };

  screen.note('#general on the server "Tea house": somebody mentions the bot');
  const opening = ana.say(general, `${mention} what is Amazon Bedrock, in two sentences?`);
  await endsWith(general, 'if you like.');

  screen.note('A thread: a conversation of its own');
  const thread = bo.startThread(general, { name: 'Calling Bedrock', from: opening });
  channels.push(thread);
  bo.say(thread, `${mention} how do I call it?`);
  const answer = await endsWith(thread, 'I do, too.');
  ana.say(thread, 'and from Python?', { replyTo: answer });
  await endsWith(thread, 'by itself.');

  screen.note('A command, for everybody to see: its question stands above the answer');
  screen.typed('Bo', '/ask prompt: Write a haiku about yourself');
  await responded(bo.runCommand(general, 'ask', { prompt: 'Write a haiku about yourself' }), 'the answer is here.');

  screen.note('A private command: only the asker sees the question and the answer');
  screen.typed('Ana', '/ask prompt: What could I give Bo for his birthday? private: True');
  await responded(ana.runCommand(general, 'ask', { prompt: 'What could I give Bo for his birthday?', private: true }), 'a small teapot.');

  screen.note('A direct message: the bot remembers what was said before');
  channels.push(ana.dm);
  ana.say(ana.dm, 'My favourite colour is teal.');
  await endsWith(ana.dm, 'lasts.');
  ana.say(ana.dm, 'Which one was it, do you remember?');
  await endsWith(ana.dm, '**teal**.');

  screen.note('Each kind of Markdown, safe to read: tables in columns, links with where they go, long code as a file');
  ana.say(general, `${mention} show me each kind of Markdown`);
  await endsWith(general, 'each kind.');

  screen.note('A long answer: the code block moves to a second message as a whole');
  ana.say(general, `${mention} give me a long table in TypeScript`);
  await endsWith(general, 'stays whole.');

  const pinged = discord.pings.filter(({ messageId }) => discord.message(messageId)?.author.bot === true).length;
  screen.note(`The end. Messages by Parley pinged ${pinged} people. Now try it yourself: the README tells how.`);
};
