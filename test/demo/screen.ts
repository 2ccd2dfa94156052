import { styleText } from 'node:util';
import type { APIMessage } from 'discord-api-types/v10';
import type { DiscordSimulator, SimulatedChannel, SimulatedMessage, SimulatedUser } from '../simulators/discord.ts';

export interface Screen {
  /** A line of stage direction. */
  note(text: string): void;
  /** What somebody types and nobody else sees: a command with its options. */
  typed(name: string, command: string): void;
  stop(): void;
}

const INDENT = '    ';
const LOOK_EVERY_MS = 40;

/** The block of code at the end of a message, which may still move to the next one or become a file. */
const LAST_BLOCK = /(?:^|\n)```(?:(?!\n```)[^])*\n```$/;

/** What a message will not take back, however it goes on. */
const settledPart = (content: string): string => content.replace(LAST_BLOCK, '').trimEnd();

const MENTION = /<@!?(\d+)>/g;
const SMALL_PRINT = /^-# (.*)$/gm;

const buttonsOf = ({ components }: SimulatedMessage): string[] =>
  components.flatMap((row) => ('components' in row ? row.components.flatMap((part) => ('label' in part && part.label !== undefined ? [part.label] : [])) : []));

/**
 * Prints messages as people see them, and lets those that grow grow. What was printed cannot be taken back, so that a block of
 * code is printed when it is known where it stays.
 */
export const startScreen = (discord: DiscordSimulator, channels: readonly SimulatedChannel[], people: readonly SimulatedUser[]): Screen => {
  /** What mentions are shown as. */
  const names = new Map([...people.map((person) => [person.id, person.displayName] as const), [discord.botUser.id, 'Parley']]);
  const out = (text: string): void => void process.stdout.write(text);
  const printed = new Map<string, string>();
  const ended = new Set<string>();
  let growing: SimulatedMessage | undefined;
  let isInLine = false;
  let typingShown = discord.typing.length;

  const readable = (content: string): string =>
    content
      .replaceAll(MENTION, (raw, id: string) => (names.has(id) ? `@${names.get(id)}` : raw))
      .replaceAll(SMALL_PRINT, (_line, text: string) => styleText('dim', text))
      .replaceAll(/\n(?!\n|$)/g, `\n${INDENT}`);

  const whatFor = (message: SimulatedMessage): string => {
    const question = message.referenceId === undefined ? undefined : discord.message(message.referenceId);
    if (question !== undefined) return ` ↩ ${question.author.displayName}`;
    const { interaction_metadata: metadata } = message.toApi() as APIMessage;
    return metadata === undefined ? '' : ` ↩ ${metadata.user.global_name ?? metadata.user.username} used /ask`;
  };

  const heading = (message: SimulatedMessage): string => {
    const name = message.author.bot ? styleText(['bold', 'magenta'], 'Parley') : styleText(['bold', 'cyan'], message.author.displayName);
    const secret = message.ephemeral ? styleText('dim', ' (only you can see this)') : '';
    return `${name}${styleText('dim', whatFor(message))}${secret}`;
  };

  const endLine = (): void => {
    if (isInLine) out('\n');
    isInLine = false;
  };

  /** Another message begins, or none: the one that grew has what it did not take back. */
  const leave = (next?: SimulatedMessage): void => {
    const last = growing;
    if (last === undefined || last.id === next?.id) return;
    show(last, last.content);
    growing = undefined;
    endLine();
    if (last.components.length > 0) showBelow(last);
  };

  const show = (message: SimulatedMessage, content: string): void => {
    const before = printed.get(message.id) ?? '';
    if (before.startsWith(content)) return;
    leave(message);
    const rest = content.startsWith(before) ? content.slice(before.length) : content;
    if (growing === undefined || rest === content) {
      endLine();
      const mark = before === '' ? '' : styleText('dim', rest === content ? '(edited) ' : '(goes on) ');
      out(`${mark}${heading(message)}\n${INDENT}${readable(rest.trimStart())}`);
    } else {
      out(readable(rest));
    }
    printed.set(message.id, content);
    growing = message;
    isInLine = true;
  };

  /** What stands below a message is there when it has ended. */
  const showBelow = (message: SimulatedMessage): void => {
    if (ended.has(message.id)) return;
    ended.add(message.id);
    for (const { name, size } of message.attachments) out(styleText('dim', `${INDENT}📎 ${name}, ${size.toLocaleString('en')} bytes\n`));
    const buttons = buttonsOf(message);
    if (buttons.length > 0) out(styleText('dim', `${INDENT}${buttons.map((label) => `[ ${label} ]`).join(' ')}\n`));
  };

  const end = (message: SimulatedMessage): void => {
    if (ended.has(message.id) || message.thinking) return;
    show(message, message.content);
    leave();
    showBelow(message);
  };

  const look = (): void => {
    for (; typingShown < discord.typing.length; typingShown += 1) {
      leave();
      out(styleText('dim', 'Parley is typing…\n'));
    }
    for (const channel of channels) {
      for (const message of channel.visible()) if (!message.thinking && !ended.has(message.id)) show(message, settledPart(message.content));
    }
  };

  const endScene = (): void => {
    look();
    for (const channel of channels) for (const message of channel.visible()) end(message);
    endLine();
  };

  const timer = setInterval(look, LOOK_EVERY_MS);
  return {
    note: (text) => {
      endScene();
      out(`\n${styleText(['bold', 'yellow'], text)}\n`);
    },
    typed: (name, command) => out(styleText('dim', `${name} types ${command}\n`)),
    stop: () => {
      clearInterval(timer);
      endScene();
    },
  };
};
