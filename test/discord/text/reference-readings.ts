import { createRequire } from 'node:module';
import { parser as odiffey } from '@odiffey/discord-markdown';
import { parse } from 'discord-markdown-parser';

/** What a reader takes a text for: its words without marks and space, its code, and what it hides. */
export interface Reading {
  readonly words: string;
  readonly code: readonly string[];
  readonly strong: readonly string[];
  readonly emphasis: readonly string[];
  readonly hidden: readonly string[];
}

interface Node {
  readonly type: string;
  readonly content?: string | readonly Node[] | readonly (readonly Node[])[];
  readonly items?: readonly (readonly Node[])[];
  readonly target?: string;
}

/** Code stands in the words with a mark on each side, so that no code and no word change places. */
const CODE = '\u2063';
/** Lines that Parley draws for rules, spaces that show nothing, and all other space. */
const NOISE = /⎯⎯⎯|[\u200B\s]/gu;
const plain = (text: string): string => text.replace(NOISE, '');

const textOf = (nodes: Node | readonly Node[] | string | undefined): string => {
  if (nodes === undefined || typeof nodes === 'string') return nodes ?? '';
  if (!('type' in nodes)) return nodes.map(textOf).join('');
  if (nodes.type === 'codeBlock' || nodes.type === 'inlineCode') return `${CODE}${textOf(nodes.content as string)}${CODE}`;
  if (nodes.items !== undefined) return nodes.items.map((item) => textOf(item)).join('\n');
  return nodes.type === 'br' || nodes.type === 'newline' ? '\n' : textOf(nodes.content as string);
};

const collect = (nodes: Node | readonly Node[], types: readonly string[]): string[] => {
  if (typeof nodes === 'string') return [];
  if (!('type' in nodes)) return nodes.flatMap((node) => collect(node, types));
  if (types.includes(nodes.type)) return [plain(textOf(nodes.content as string))];
  const inner = nodes.items ?? nodes.content;
  return inner === undefined || typeof inner === 'string' ? [] : collect(inner as readonly Node[], types);
};

const readingOf = (tree: readonly Node[]): Reading => ({
  words: plain(textOf(tree)),
  code: collect(tree, ['codeBlock', 'inlineCode']).filter((code) => code !== ''),
  strong: collect(tree, ['strong']),
  emphasis: collect(tree, ['em']),
  hidden: collect(tree, ['spoiler', 'underline', 'u']),
});

/** Only one of the two knows lists, whose marks are words to the other. */
const withoutListMarks = (message: string): string => {
  let isCode = false;
  const lines = message.split('\n').map((line) => {
    if (/^[ >\d.)*+-]*```/.test(line)) isCode = !isCode;
    return isCode && !line.includes('```') ? line : line.replace(/^((?:> )*)(?:[ \t]*(?:[-*+]|\d{1,9}[.)])[ \t]+)+/, '$1');
  });
  return lines.join('\n');
};

/**
 * How two parsers of Discord's grammar read a message. The second one takes a dash or star between spaces for a list when a
 * mark or code stands before it, which Discord's clients do not: there the first one alone is asked.
 */
export const discordReadings = (message: string): readonly Reading[] => {
  const unlisted = withoutListMarks(message);
  const first = readingOf(parse(unlisted, 'extended') as unknown as readonly Node[]);
  return /\S +(?:[-*]|\d+\.) /.test(unlisted) ? [first] : [first, readingOf(odiffey(unlisted) as unknown as readonly Node[])];
};

interface MarkNode {
  readonly type: string;
  readonly literal: string | null;
  readonly destination: string | null;
  readonly parent: MarkNode | null;
}
interface Walker {
  next(): { readonly entering: boolean; readonly node: MarkNode } | null;
}
interface CommonMark {
  Parser: new () => { inlineParser: { parseReference(): number }; parse(text: string): { walker(): Walker } };
}
const { Parser } = createRequire(import.meta.url)('commonmark') as CommonMark;

/** Parley shows addresses that are none of the web as code. */
const asShown = (destination: string): string => (/^https?:/i.test(destination) ? destination : `${CODE}${destination}${CODE}`);

/** How CommonMark reads a text. Definitions of links stand below it, and mean themselves in a chat. */
export const commonMarkReading = (markdown: string): Reading => {
  const parser = new Parser();
  parser.inlineParser.parseReference = () => 0;
  const walker = parser.parse(markdown).walker();
  const open: { readonly node: MarkNode; text: string }[] = [];
  const [strong, emphasis, code]: [string[], string[], string[]] = [[], [], []];
  let words = '';
  const say = (text: string): void => {
    words += text;
    for (const one of open) one.text += text;
  };
  let linkAt = 0;
  for (let event = walker.next(); event !== null; event = walker.next()) {
    const { node, entering } = event;
    if (node.type === 'text' || node.type === 'html_inline' || node.type === 'html_block') say(node.literal ?? '');
    else if (node.type === 'softbreak' || node.type === 'linebreak') say('\n');
    else if (node.type === 'code' || node.type === 'code_block') {
      say(`${CODE}${node.literal ?? ''}${CODE}`);
      code.push(plain(node.literal ?? ''));
    } else if (node.type === 'strong' || node.type === 'emph') {
      if (entering) open.push({ node, text: '' });
      else (node.type === 'strong' ? strong : emphasis).push(plain(open.pop()?.text ?? ''));
    } else if (node.type === 'link' || node.type === 'image') {
      if (entering) linkAt = words.length;
      else if (plain(words.slice(linkAt)) !== '' && words.slice(linkAt) !== node.destination) {
        const shown = asShown(node.destination ?? '');
        if (shown.startsWith(CODE)) code.push(plain(node.destination ?? ''));
        say(` (${shown})`);
      }
    }
  }
  return { words: plain(words), code: code.filter((one) => one !== ''), strong, emphasis, hidden: [] };
};
