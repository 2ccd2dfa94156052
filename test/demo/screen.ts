import { styleText } from 'node:util';
import type { DiscordSimulator, SimulatedChannel, SimulatedMessage } from '../simulators/discord.ts';

export interface Screen {
  /** A line of stage direction. */
  note(text: string): void;
  stop(): void;
}

const INDENT = '    ';
const LOOK_EVERY_MS = 40;

/** Prints messages as people see them, and lets those that grow grow. Whole lines cannot be taken back: a correction is printed anew. */
export const startScreen = (discord: DiscordSimulator, channels: readonly SimulatedChannel[]): Screen => {
  const out = (text: string): void => void process.stdout.write(text);
  const printed = new Map<string, string>();
  let growing: string | undefined;
  let typingShown = discord.typing.length;

  const readable = (content: string): string =>
    content.replaceAll(discord.botUser.mention, '@Parley').replaceAll('\n', `\n${INDENT}`);

  const heading = (message: SimulatedMessage): string => {
    const name = message.author.bot ? styleText(['bold', 'magenta'], 'Parley') : styleText(['bold', 'cyan'], message.author.displayName);
    const question = message.referenceId === undefined ? undefined : discord.message(message.referenceId);
    const reply = question === undefined ? '' : styleText('dim', ` ↩ ${question.author.displayName}`);
    const secret = message.ephemeral ? styleText('dim', ' (only you can see this)') : '';
    return `${name}${reply}${secret}`;
  };

  const endLine = (): void => {
    if (growing !== undefined) out('\n');
    growing = undefined;
  };

  const show = (message: SimulatedMessage): void => {
    const before = printed.get(message.id);
    if (before === message.content || message.thinking || message.content === '') return;
    printed.set(message.id, message.content);
    const isGrowth = before !== undefined && message.content.startsWith(before);
    if (isGrowth && growing === message.id) {
      out(readable(message.content.slice(before.length)));
      return;
    }
    endLine();
    out(`${before === undefined ? '' : styleText('dim', '(edited) ')}${heading(message)}\n${INDENT}${readable(message.content)}`);
    growing = message.id;
  };

  const showFiles = (message: SimulatedMessage): void => {
    for (const { id, name, size } of message.attachments) {
      if (message.deleted || printed.has(id)) continue;
      printed.set(id, name);
      endLine();
      out(styleText('dim', `${INDENT}📎 ${name}, ${size.toLocaleString('en')} bytes\n`));
    }
  };

  const look = (): void => {
    for (; typingShown < discord.typing.length; typingShown += 1) {
      endLine();
      out(styleText('dim', 'Parley is typing…\n'));
    }
    for (const channel of channels) {
      for (const message of channel.visible()) {
        show(message);
        showFiles(message);
      }
    }
  };

  const timer = setInterval(look, LOOK_EVERY_MS);
  return {
    note: (text) => {
      look();
      endLine();
      out(`\n${styleText(['bold', 'yellow'], text)}\n`);
    },
    stop: () => {
      clearInterval(timer);
      look();
      endLine();
    },
  };
};
