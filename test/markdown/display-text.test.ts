import * as fc from '../property.ts';
import { describe, expect, it } from 'vitest';
import { layOutAnswer } from '../../src/markdown/answer-layout.ts';
import { createDisplay, toDisplayText } from '../../src/markdown/display-text.ts';
import { settleMarks } from '../../src/markdown/settle-marks.ts';
import { fuzzRuns } from './fuzz-runs.ts';
import { madeDocuments, wildTexts } from './markdown-arbitraries.ts';
import { prefixesOf } from './split-checks.ts';

const show = (markdown: string): string => toDisplayText(markdown, { final: true });
/** As it stands in a message. */
const sent = (markdown: string, isFinal = true): string => settleMarks(toDisplayText(markdown, { final: isFinal }));
const anyText = fc.oneof(madeDocuments.map(({ text }) => text), wildTexts);
const cutsArb = fc.array(fc.nat(), { minLength: 1, maxLength: 15 });

describe('a growing text', () => {
  it('is not shown before it is decided', () => {
    for (const text of ['\\h and \\e', 'a\\https://example.com', '    > `code`', '    > ~~~\n    > a', '- a\n\n      - b', 'a\n\\\nb \\\n\\', '    code that goes on \n    and on  x\t', '> ```\n> a ` ~ b\n> ```', '*a*_b_ **c**__d__~~e~~ and', '_a_*b*_c', '**a**_b_', '```js\ncode\n   ```\nend', '> ~~~\n> code\n>   ~~~\n> end']) {
      const whole = toDisplayText(text, { final: true });
      for (let to = 1; to < text.length; to += 1) {
        const shown = toDisplayText(text.slice(0, to), { final: false });
        expect(whole.startsWith(shown), `${shown} for ${text.slice(0, to)}`).toBe(true);
      }
    }
  });

  it('is shown by adding to what was shown, however it comes', () => {
    fc.assert(
      fc.property(anyText, cutsArb, (text, cuts) => {
        const whole = show(text);
        const display = createDisplay();
        let last = '';
        for (const prefix of prefixesOf(text, cuts)) {
          const alone = toDisplayText(prefix, { final: false });
          expect(whole.startsWith(alone), `${JSON.stringify(alone)}\n${JSON.stringify(whole)}`).toBe(true);
          const shown = display.update(prefix);
          expect(shown.startsWith(last)).toBe(true);
          expect(shown).toBe(alone);
          expect(show(prefix).startsWith(shown)).toBe(true);
          last = shown;
        }
        expect(display.finish(text)).toBe(whole);
      }),
      { numRuns: fuzzRuns(800) },
    );
  });
});

describe('a document', () => {
  it('keeps its code as it is', () => {
    fc.assert(
      fc.property(madeDocuments, ({ text, elements, codeLines }) => {
        const shown = show(text);
        for (const { line } of codeLines) expect(shown).toContain(line);
        for (const element of elements) if (element.startsWith('`')) expect(shown).toContain(element);
      }),
      { numRuns: fuzzRuns(300) },
    );
  });
});

describe('what Discord shows in another way than was meant', () => {
  it.each([
    ['small headings are bold', '#### Four **bold** `x`\n###### Six #', '**Four bold `x`**\n**Six**'],
    ['Discord has three sizes of headings', '# One\n## Two\n### Three', '# One\n## Two\n### Three'],
    ['rules are lines', 'a\n\n---\n\n* * *\n___', 'a\n\n⎯⎯⎯\n\n⎯⎯⎯\n⎯⎯⎯'],
    ['line breaks of HTML are line breaks, in their list or quote', 'a<br>b\n- c<br/>d\n> e<BR />f', 'a\nb\n- c\n  d\n> e\n> f'],
    ['comments are left out', 'a\n<!-- b -->\nc <!-- d -->e', 'a\nc \u200Be'],
    ['two blank lines are the most', 'a\n\n\n\n\n\nb', 'a\n\n\nb'],
    ['two blank lines of a quote are the most', '> a\n>\n>\n>\n>\n> b', '> a\n> \n> \n> b'],
    ['lists, tasks, quotes, small print stay', '- [ ] a\n  - b\n1. c\n2) d\n* e\n> f\n>g\n-# h', '- [ ] a\n  - b\n1. c\n2) d\n* e\n> f\n> g\n-# h'],
    ['emphasis and spoilers stay', '*a* _b_ **c** __d__ ~~e~~ ||f|| ***g***', '*a* _b_ **c** **d** ~~e~~ ||f|| ***g***'],
    ['escapes stay', '\\*a\\* \\# C:\\dir', '\\*a\\* \\# C:\\dir'],
    ['a lone backtick opens no code', 'a ` b', 'a \\` b'],
    ['fences of tildes stay fences', '~~~py\nx\n~~~', '~~~py\nx\n~~~'],
    ['a fence behind text opens a block', 'Like this: ```js\nx\n```', 'Like this: \n```js\nx\n```'],
    ['a fence that nothing closes is whole', '```js\nx', '```js\nx'],
    ['an empty block is left out', 'a\n```js\n```\nb', 'a\nb'],
    ['an info string is a language, and what is more goes before it', '1. ```ts title="a.ts"\n   x\n   ```', '1. `a.ts`\n   ```ts\n   x\n   ```'],
    ['the same for a name behind a colon', '> ```py:src/a.py\n> x\n> ```', '> `src/a.py`\n> ```py\n> x\n> ```'],
    ['channels, times, emoji and commands lead nowhere else', '<#12> <t:1700000000:R> <:ok:34> <a:go:56> </ask:78> <id:guide>', '<#12> <t:1700000000:R> <:ok:34> <a:go:56> </ask:78> <id:guide>'],
    ['a target in brackets', '[a](<https://b.c/d e>)', 'a (<https://b.c/d%20e>)'],
    ['what is no link', '[a] [b][c] [d]() (e) [f', '[a] [b][c] [d]\u200B() (e) [f'],
    ['punctuation behind a URL', '(see https://a.b/c_(d)). *https://e.f*', '(see <https://a.b/c_(d)>). *<https://e.f>*'],
    ['mail addresses and prices stay', 'a@b.example costs $5 & more < 6', 'a@b.example costs $5 & more < 6'],
    ['a URL inside of a word', 'xhttps://a.b', 'xhttps:\u200B//a.b'],
    ['a URL behind a mention, of which it is a part', '@everyonehttps://discord.com/invite/x', '@\u200Beveryonehttps:\u200B//discord[.]com/invite/x'],
    ['marks around what begins with a space are none', 'a **&nbsp;b** c', 'a \u200B\u00A0b\u200B c'],
    ['an invite inside of a word', 'mydiscord.gg/x', 'mydiscord[.]gg/x'],
    ['an invite in pieces', '[disc](https://a.b)ord.gg/x discord[.gg/x](https://a.b)', 'disc (<https://a.b>)ord.gg/x discord\u200B.gg/x (<https://a.b>)'],
    ['an escaped bracket before a URL', '\\<https://a.b/c> \\<@12>', '<https://a.b/c> `<@12>`'],
    ['halves of a mention around a mark of nothing', '**\u200B\n<@1**>', '\u200B\n<@1\u200B>'],
    ['a backslash before what hides', '\\\u200D`https://discord.com/invite/x', '\\\\\\`\u200B`https://discord[.]com/invite/x`'],
    ['joiners where they join nothing', 'a\u200Cb\u200Dc', 'abc'],
    ['a fence behind text with nothing in it', 'x: ```js', 'x: '],
    ['an encoded invite', 'https://discord.com/%69nvite/x', '`https://discord[.]com/invite/x`'],
  ])('%s', (_name, markdown, expected) => {
    expect(sent(markdown)).toBe(expected);
  });
});

describe('what stands in quotes, and code by indentation', () => {
  it.each([
    ['code that nothing but its indentation marks', 'Run\n\n    npm ci\n\n    npm test\n\nand wait.', 'Run\n\n```\nnpm ci\n\nnpm test\n```\n\nand wait.'],
    ['the same by tabs, at the start', '\tx = 1\n\t\ty = 2', '```\nx = 1\n    y = 2\n```'],
    ['the same in an item of a list', '1. Run\n\n       make\n         all\n2. Wait', '1. Run\n\n   ```\n   make\n     all\n   ```\n2. Wait'],
    ['the same in a quote', '> Run\n>\n>     a\n>\n>     b', '> Run\n> \n> ```\n> a\n> \n> b\n> ```'],
    ['what goes on with a paragraph or an item is no code', 'a\n    b\n\n- c\n\n    d\n\n  - e\n\n    f\n      - g', 'a\n    b\n\n- c\n\n    d\n\n  - e\n\n    f\n      - g'],
    ['a fence far to the right is none either', 'a\n\n    ```sh\n    b\n    ```', 'a\n\n    ```sh\n    b\n    ```'],
    ['each line of code in a quote has its mark, with one space', '>```js\n>a\n>\n>  b\n>```', '> ```js\n> a\n> \n>  b\n> ```'],
    ['code in a quote within a quote has no mark of it', '> > ```js\n> > a\n>>\n>>  b\n> > ```\n> c', '> ```js\n> a\n> \n>  b\n> ```\n> c'],
    ['an empty line ends no quote, nor begins one', '>\n> a\n>\n> b\n>\n>\n\nc', '> a\n> \n> b\n\nc'],
    ['three marks quote no more than their line', '>>> a\n>> b\n\nc', '> > > a\n> > b\n\nc'],
  ])('%s', (_name, markdown, expected) => {
    expect(layOutAnswer(show(markdown)).messages).toEqual([expected]);
  });
});

describe('a draft', () => {
  it.each([
    ['Once upon', 'Once upon'],
    ['Hello world', 'Hello world'],
    ['which', 'which'],
    ['# A title', '# A title'],
    ['- item', '- item'],
    ['```js\nconst a', '```js\nconst a'],
    ['a | b', 'a | b'],
    ['I am 42', 'I am 42'],
    ['see https://a.b/c and', 'see <https://a.b/c> and'],
  ])('shows %j at once', (markdown, expected) => {
    expect(sent(markdown, false)).toBe(expected);
  });

  it.each([
    ['see [the docs](https://docs.exam', 'see '],
    ['call @every', 'call '],
    ['see http', 'see '],
    ['some **bold', 'some '],
    ['some _words', 'some '],
    ['a ||sec', 'a '],
    ['use `co', 'use '],
    ['hi <@12', 'hi '],
    ['| a | b |\n|---|---|\n| c', ''],
    ['join discord.g', 'join discord'],
  ])('holds back what is undecided in %j', (markdown, expected) => {
    expect(sent(markdown, false)).toBe(expected);
  });
});

describe('code by indentation at the end of a text', () => {
  it.each(['', '\n', '\n\n', '\n\n\n'])('is closed once, whatever blank lines come behind: %j', (end) => {
    expect(show(`Run\n\n    npm ci${end}`).replaceAll(/`+/gu, '```')).toBe('Run\n\n```\nnpm ci\n```\n');
  });
});

describe('a URL that is too long for one message', () => {
  const url = `https://a.b/${'xy'.repeat(1_500)}`;

  it('is shown as text, of which nothing is lost or doubled', () => {
    expect(show(`see ${url} there`).replaceAll('`', '')).toBe(`see ${url} there`);
  });

  it('holds up no draft', () => {
    expect(toDisplayText(`see ${url}`, { final: false }).length).toBeGreaterThan(1_800);
  });
});

describe('the mention of a user', () => {
  it('stays one for those who are allowed', () => {
    expect(toDisplayText('<@12> <@!12> <@13>', { final: true, allowedUserIds: ['12'] })).toBe('<@12> <@!12> `<@13>`');
  });
});
