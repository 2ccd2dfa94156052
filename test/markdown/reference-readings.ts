import { createRequire } from 'node:module';
import { parser as odiffey } from '@odiffey/discord-markdown';
import { parse } from 'discord-markdown-parser';

/** What a reader takes a text for: its words without marks and space, its code as it is, and what it hides. */
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
  readonly name?: string;
}

/** Code stands in the words with a mark on each side, so that no code and no word change places. */
const CODE = '\u2063';
export const CODE_END = '\u2064';
/** Lines that Parley draws for rules, spaces that show nothing, all other space, and times and channels, whose words Discord knows (one of the two takes `<>` for a channel). */
const NOISE = /⎯⎯⎯|[\u200B\s]|<t:\d+(?::\w)?>|<#?\d*>/gu;
const plain = (text: string): string => text.replace(NOISE, '');

/** Code without what stands around it: its indentation in a list, the ends of its lines in a span. */
const bareCode = (code: string): string => {
  const lines = code.replaceAll('\t', '    ').split('\n').map((line) => line.trimEnd());
  const indents = lines.filter((line) => line !== '').map((line) => line.length - line.trimStart().length);
  const least = Math.min(...indents);
  return lines.map((line) => line.slice(least)).join('\n').trim();
};
const CODES = new RegExp(`${CODE}([^]*?)${CODE_END}`, 'g');
/** Code without anything in it, which a message leaves out. */
const EMPTY = new RegExp(`${CODE}\\s*${CODE_END}`, 'g');

const codesOf = (text: string): string[] => Array.from(text.matchAll(CODES), ([, code = '']) => bareCode(code));

const textOf = (nodes: Node | readonly Node[] | string | undefined): string => {
  if (nodes === undefined || typeof nodes === 'string') return nodes ?? '';
  if (!('type' in nodes)) return nodes.map(textOf).join('');
  if (nodes.type === 'twemoji') return nodes.name ?? '';
  if (nodes.type === 'codeBlock' || nodes.type === 'inlineCode') return `${CODE}${textOf(nodes.content as string)}${CODE_END}`;
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

const readingOf = (tree: readonly Node[], files: readonly SentFile[]): Reading => {
  const told = files.reduce((all, { name, content }) => all.replace(noteOf(name), () => `${CODE}${content}${CODE_END}`), textOf(tree));
  const text = told.replace(EMPTY, '');
  return {
    words: plain(text),
    code: codesOf(text),
    strong: collect(tree, ['strong']),
    emphasis: collect(tree, ['em']),
    hidden: collect(tree, ['spoiler', 'underline', 'u']),
  };
};

/** Code that came as a file, and what stands for it in a message so that it can be read in its place. */
export interface SentFile {
  readonly name: string;
  readonly content: string;
}
export const noteOf = (name: string): string => `\uE000${name}\uE000`;

/** Only one of the two knows lists, whose marks are words to the other; and quotes have none within for either of them. */
const withoutListMarks = (message: string): string => {
  let isCode = false;
  const lines = message.split('\n').map((line) => {
    if (/^[ >\d.)*+-]*```/.test(line)) isCode = !isCode;
    return isCode && !line.includes('```') ? line : line.replace(/^( *> )[> ]+/, '$1').replace(/^( *(?:> )?)(?:[ \t]*(?:[-*+]|\d{1,9}[.)])[ \t]+)+(?:> )*/, '$1');
  });
  return lines.join('\n');
};

/**
 * How two parsers of Discord's grammar read a message. The second one takes a dash or star between spaces for a list when a
 * mark or code stands before it, which Discord's clients do not: there the first one alone is asked.
 */
export const discordReadings = (message: string, files: readonly SentFile[] = []): readonly Reading[] => {
  const unlisted = withoutListMarks(message);
  const first = readingOf(parse(unlisted, 'extended') as unknown as readonly Node[], files);
  return /\S +(?:[-*]|\d+\.) /.test(unlisted) ? [first] : [first, readingOf(odiffey(unlisted) as unknown as readonly Node[], files)];
};

interface MarkNode {
  readonly type: string;
  readonly literal: string | null;
  readonly level: number;
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

/** Smaller ones, which Discord does not know, are bold. */
const BIG_HEADINGS = 3;
/** Parley shows addresses that are none of the web as code. */
const asShown = (destination: string): string => (/^https?:/i.test(destination) ? destination : `${CODE}${destination}${CODE_END}`);

/** How CommonMark reads a text. Definitions of links stand below it, and mean themselves in a chat. */
export const commonMarkReading = (markdown: string): Reading => {
  const parser = new Parser();
  parser.inlineParser.parseReference = () => 0;
  const walker = parser.parse(markdown).walker();
  const open: { readonly node: MarkNode; text: string }[] = [];
  const [strong, emphasis]: [string[], string[]] = [[], []];
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
      say(`${CODE}${node.literal ?? ''}${CODE_END}`);
    } else if (node.type === 'strong' || node.type === 'emph' || (node.type === 'heading' && node.level > BIG_HEADINGS)) {
      if (entering) open.push({ node, text: '' });
      else (node.type === 'emph' ? emphasis : strong).push(plain(open.pop()?.text ?? ''));
    } else if (node.type === 'link' || node.type === 'image') {
      if (entering) linkAt = words.length;
      else if (plain(words.slice(linkAt)) !== '' && words.slice(linkAt) !== node.destination) {
        say(` (${asShown(node.destination ?? '')})`);
      }
    }
  }
  words = words.replace(EMPTY, '');
  return { words: plain(words), code: codesOf(words), strong, emphasis, hidden: [] };
};
