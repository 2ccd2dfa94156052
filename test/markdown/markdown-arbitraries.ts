import * as fc from '../property.ts';

/** A document put together from pieces of which a test knows what they are. */
export interface MadeDocument {
  readonly text: string;
  /** Elements that fit a part and must stand whole in one. */
  readonly elements: readonly string[];
  /** Lines of code, each of which names the language of its block. */
  readonly codeLines: readonly { readonly line: string; readonly language: string }[];
}

const SIMPLE_WORDS = ['the', 'of', 'Parley', 'answers', 'über', 'naïve', 'данные', 'well-known', 'a', 'I', '3.14', 'e.g.', 'x', '2', '*', '-', '&'];
const CJK = ['日本語の文章です。', '中文没有空格，句子很长。', '한국어 문장', 'カタカナ', '「引用」'];
const CLUSTERS = ['👍🏽', '👩‍👩‍👧‍👦', '🇩🇪', '🏴󠁧󠁢󠁥󠁮󠁧󠁿', 'é̂', '❤️', '1️⃣', 'नमस्ते'];

const makeElement = (kind: number, id: number): string => {
  switch (kind) {
    case 0:
      return `[text ${id}](https://example.com/${id})`;
    case 1:
      return `https://example.com/p/${id}?q=1`;
    case 2:
      return `<https://example.com/a/${id}>`;
    case 3:
      return `\`code ${id} here\``;
    case 4:
      return `<@${1_000_000 + id}>`;
    case 5:
      return `<:emoji:${2_000_000 + id}>`;
    case 6:
      return `<t:${3_000_000 + id}:R>`;
    default:
      return `\`\`two \` ${id}\`\``;
  }
};

const wordArb = fc.oneof(
  { weight: 8, arbitrary: fc.constantFrom(...SIMPLE_WORDS).map((word) => ({ word, kind: -1 })) },
  { weight: 2, arbitrary: fc.constantFrom(...CJK, ...CLUSTERS).map((word) => ({ word, kind: -1 })) },
  { weight: 2, arbitrary: fc.integer({ min: 0, max: 7 }).map((kind) => ({ word: '', kind })) },
  { weight: 1, arbitrary: fc.constantFrom('**bold words here**', '*slanted*', '||a spoiler||', '__under__', '~~gone~~', 'Ends.', 'Really?').map((word) => ({ word, kind: -1 })) },
);

type BlockKind = 'paragraph' | 'item' | 'nested' | 'quote' | 'heading' | 'fence' | 'quotedFence' | 'listFence' | 'blank' | 'longWord';

const blockArb = fc.record({
  kind: fc.constantFrom<BlockKind>('paragraph', 'paragraph', 'item', 'nested', 'quote', 'heading', 'fence', 'quotedFence', 'listFence', 'blank', 'longWord'),
  words: fc.array(wordArb, { minLength: 1, maxLength: 40, size: 'max' }),
  lines: fc.integer({ min: 1, max: 12 }),
  marker: fc.constantFrom('```', '```', '~~~', '````'),
  gap: fc.constantFrom('\n', '\n\n', '\n\n'),
});

/** Documents of Markdown as a model writes it, with elements that can be told apart. */
export const madeDocuments = fc.array(blockArb, { maxLength: 14, size: 'max' }).map((blocks): MadeDocument => {
  const elements: string[] = [];
  const codeLines: { line: string; language: string }[] = [];
  let id = 100;
  let text = '';
  for (const { kind, words, lines, marker, gap } of blocks) {
    const say = (): string =>
      words
        .map(({ word, kind: element }) => {
          if (element < 0) return word;
          id += 1;
          elements.push(makeElement(element, id));
          return makeElement(element, id);
        })
        .join(' ');
    const code = (indent: string, opener: string): string => {
      id += 1;
      const language = `lang${id}`;
      const body = Array.from({ length: lines }, (_, index) => {
        const line = `${language} line ${index};`;
        codeLines.push({ line, language });
        return `${indent}${index % 3 === 1 ? '  ' : ''}${line}`;
      });
      return [`${opener}${marker}${language}`, ...body, `${indent}${marker}`].join('\n');
    };
    const made: Record<BlockKind, () => string> = {
      paragraph: say,
      item: () => `- ${say()}\n- ${say()}`,
      nested: () => `1. ${say()}\n   - ${say()}\n     more ${say()}`,
      quote: () => `> ${say()}\n> ${say()}`,
      heading: () => `## ${words.map(({ word }) => word).join(' ')}`,
      fence: () => code('', ''),
      quotedFence: () => code('> ', '> '),
      listFence: () => `1. Do this:\n${code('   ', '   ')}`,
      blank: () => '   \n\n\n',
      longWord: () => 'long'.repeat(words.length * 3),
    };
    text += `${made[kind]()}${kind.toLowerCase().includes('fence') ? '\n\n' : gap}`;
  }
  return { text, elements, codeLines };
});

/** Anything that could confuse a reader of Markdown, whole characters or not. */
export const wildTexts = fc
  .array(
    fc.oneof(
      { weight: 6, arbitrary: fc.constantFrom('`', '``', '```', '~~~', '````', '> ', '>', '>>> ', '- ', '1. ', '# ', '**', '*', '_', '||', '[', ']', '](', '(', ')', '<', '>', '<@1', '<@&22>', '@everyone', 'https://a.b/c', '\\', '|', '|-|', '---', '<!--', '-->', '<br>', '!', '#### ') },
      { weight: 4, arbitrary: fc.constantFrom('\n', '\n', '\n\n', ' ', '  ', '\t', '\r\n', '\u200B', '\u202E', '\uFEFF', '\u200D', '\uFE0F', '\u0301') },
      {
        weight: 2,
        arbitrary: fc.constantFrom(
          'discord.gg/abc',
          'https://discord.com/invite/x',
          'DISCORDAPP.com/invite/y',
          'disc\u200Bord.gg/z',
          '[t](https://u.v/w)',
          '![i](https://i.j/k)',
          '[https://good.com](https://evil.com)',
          '[x](javascript:alert(1))',
          '[a](<https://b.c> "d")',
          '| a | b |\n|---|:-:|\n| c | https://d.e |\n',
          '| x |\n|---|\n| **y** | `z|z` |\n| @everyone |\n',
          '```js\ncode https://f.g @here\n```\n',
          '~~~\n<@5>\n~~~\n',
          '`in line`',
          '@\u00ADhere',
          '<!-- note -->',
          '</say hi:12>',
          '<#34>',
          'https://',
          'discord.',
          '@every',
          'gg/abc',
          'one',
          '<!---->',
        ),
      },
      { weight: 4, arbitrary: fc.constantFrom('word', 'js', 'Hello', '日本', '。', '👍🏽', '👩‍👧', '🇩🇪', '\uD83D', '\uDC4D', 'x'.repeat(70), 'lorem ipsum dolor sit amet') },
      { weight: 1, arbitrary: fc.string({ unit: 'binary', maxLength: 4 }) },
    ),
    { maxLength: 60, size: 'max' },
  )
  .map((pieces) => pieces.join(''));
