import * as fc from '../property.ts';
import { describe, expect, it } from 'vitest';
import { createAnswerLayout, layOutAnswer } from '../../src/markdown/answer-layout.ts';
import { createDisplay, toDisplayText } from '../../src/markdown/display-text.ts';
import { commonMarkExamples } from './commonmark-examples.ts';
import { fuzzRuns } from './fuzz-runs.ts';
import { CODE_END, commonMarkReading, discordReadings, noteOf } from './reference-readings.ts';

const laidOut = (markdown: string) => {
  const { messages, files } = layOutAnswer(toDisplayText(markdown, { final: true }), { maxMessages: 100, codeNote: noteOf });
  return { message: messages.join('\n'), files };
};
const sent = (markdown: string): string => laidOut(markdown).message;

/** What CommonMark reads and what Discord reads of the message are the same words and code, and no mark means more than it did. */
const expectSameReading = (markdown: string): void => {
  const { message, files } = laidOut(markdown);
  const meant = commonMarkReading(markdown);
  for (const read of discordReadings(message, files)) {
    const report = `${JSON.stringify(markdown)}\n${JSON.stringify(message)}`;
    expect(read.words, report).toBe(meant.words);
    expect(read.code, report).toEqual(meant.code);
    expect(read.hidden, report).toEqual([]);
    for (const strong of read.strong) expect(meant.strong, report).toContain(strong);
    for (const emphasis of read.emphasis) expect(meant.emphasis, report).toContain(emphasis);
  }
};

/** What a draft shows is how the end begins. */
const expectSameWhileItGrows = (markdown: string, step: number): void => {
  const display = createDisplay();
  const layout = createAnswerLayout({ maxMessages: 100, codeNote: noteOf });
  const { message, files } = laidOut(markdown);
  const whole = discordReadings(message, files).map(({ words }) => words);
  for (let end = 1; end <= markdown.length; end += step) {
    const draft = layout.update(display.update(markdown.slice(0, end))).join('\n');
    for (const [index, { words }] of discordReadings(draft, files).slice(0, whole.length).entries()) {
      expect(whole[index]?.startsWith(words.replace(new RegExp(`${CODE_END}$`), '')), `${JSON.stringify(markdown)}\n${draft}`).toBe(true);
    }
  }
};

describe('the specification of CommonMark', () => {
  /** Links, pictures, addresses and tags in running text are shown in forms of their own. */
  const otherSections = new Set(['Links', 'Images', 'Autolinks', 'Raw HTML']);
  /** Where Parley reads another way on purpose, or leaves alone what nobody writes. */
  const others: readonly [string, RegExp][] = [
    ['a fence stays one however far to the right it stands', /^ {4}```/m],
    ['a fence to the right of the margin keeps the space in its code', /^ {2,3}```\n/],
    ['an info string has more beside a language', /^```.*[&\\ ]|^~~~.*[`$]/m],
    ['an address that is not of the web', /<https?:|\]\(\/f&/],
    ['a line break within a tag', /<a href="foo\\/],
    ['a rule stays one however far to the right it stands', /Foo\n {4}[*-]|- \* \* \*/],
    ['an underline that nobody could mean as anything else', /^> foo\nbar\n===/],
    ['headings and items without any text', /^## \n#|^(?:[-*]|\d\.) *\n/m],
    ['code that begins behind the mark of a list', /^(?:-\t\t|1\. {5})/],
    ['what would be the item of a list in any other place', /^14\. {2}The|^1234567890\.|^ {4}- (?:e|bar)$/m],
    ['comments are left out', /<!--/],
    ['a fence within tags is one', /^<div><\/div>\n```/],
    ['tags of any name begin no block, as models write their own around Markdown', /^<\/?(?:a|warning|i|ins|del)(?: |>)/i],
    ['a quote in an item of a list, whose mark Discord shows', /1\. > /],
  ];
  const examples = commonMarkExamples.filter(({ section, markdown }) => !otherSections.has(section) && !others.some(([, pattern]) => pattern.test(markdown)));

  it.each(examples.map(({ markdown }) => markdown))('reads the same in %j', (markdown) => {
    expectSameReading(markdown);
    expectSameWhileItGrows(markdown, 1);
  });
});

describe('marks in running text', () => {
  it.each([
    ['operators', '2 ** 3 ** 2 = 512, and `2**10` is print(2**10)'],
    ['a call', 'COUNT(*) over O(n*m) rows\n\n```py\nprint(2**10)\n```'],
    ['another call', 'f(*args, **kwargs) passes *args on to `g(*args, **kwargs)`'],
    ['pipes before code', 'a || b, and\n\n```js\nx || y\n```'],
    ['pipes in a span', 'use a || b or `c || d` or e||f'],
    ['names that end in an underscore', 'feature_importances_ and coef_ of `clf.feature_importances_`'],
    ['names that begin with two', '__dirname and __filename, not `__dirname`'],
    ['names with two inside', 'LOG__LEVEL__DEFAULT and APP__DB__HOST'],
    ['names with one before code', 'set max_tokens first, then `top_p_` and snake_case_'],
    ['a library', '_.map() and _.filter()'],
    ['globs', 'src/**/*.ts but not **/*.test.ts'],
    ['pointers', 'char *a, int **b and void *c'],
    ['footnotes', 'as shown[^1] and *later*[^2]\n\n[^1]: one_two_'],
    ['a regular expression', 'a regex like ^\\d+_\\w*$ or .*? in `(.*)_(.*)`'],
    ['a bracket before a link in code', 'an [open bracket, then `x](y)` in code'],
    ['tildes', 'takes ~5 minutes or ~6, `~~`'],
    ['bold around code with the same mark', '**`**kwargs`** and **see `a ** b` there**'],
    ['bold around bold', '**a __b__ c** and *d _e_ f*'],
    ['marks side by side', '**a***b* and *c***d**'],
    ['entities', '&lt;div&gt; &amp;&amp; &copy; &#42;x&#42; &nbsp;y&hellip;'],
    ['bold by underscores', '__bold__ and ___both___ and __two words__'],
    ['emphasis over lines', 'a **b\nc** d *e\nf*'],
    ['code over lines', 'a `b\nc` d'],
    ['Chinese', '这是**重点**内容，变量 max_tokens_ 和 a*b*c'],
    ['a heading with marks at its end', '## a_b_ and *c* ##\n\n### x'],
  ])('keep their words: %s', (_name, markdown) => expectSameReading(markdown));

  it.each([
    ['a name of words', 'snake_case_name stays', 'snake_case_name stays'],
    ['a single operator', 'a || b, n*m, 2 * 3', 'a || b, n*m, 2 * 3'],
    ['prices', '~5 or __init', '~5 or __init'],
    ['a spoiler', 'the end: ||he dies||, a || b', 'the end: ||he dies||, a \\|\\| b'],
    ['a spoiler with its mark in code', '||see `a || b` there||', 'see `a || b` there'],
    ['code in emphasis', '*see `a*b` now*', '_see `a*b` now_'],
    ['formulas', '$a_1 * b_1$ and \\(x_1 \\\\ y_2\\)', '$a_1 * b_1$ and \\\\(x_1 \\\\\\ y_2\\\\)'],
    ['lines of a formula', '$$\n- x_1\n+ y_1\n= z\n> 0\n# 3\n1. a\n$$', '$$\n\\- x_1\n+ y_1\n= z\n\\> 0\n\\# 3\n1\\. a\n$$'],
    ['lines of a formula in an item', '- so \\[\n  - \\sum a\n  \\]\n- next', '- so \\\\[\n  \\- \\sum a\n  \\\\]\n- next'],
    ['a long derivation', `\\[\n${'- a_1 * b_1 \\\\\n'.repeat(60)}\\]`, `\\\\[\n${'\\- a_1 * b_1 \\\\\\\\\n'.repeat(60)}\\\\]`],
    ['a formula that nothing closes', '\\[\n- a **b**\n\n- c', '\\[\n- a **b**\n\n- c'],
    ['brackets that are no formula', '\\[optional\\] \\[x\\] \\[1\\] \\(see below\\) \\[a link\\](b) arr\\[i+1\\]', '\\[optional] \\[x] \\[1] \\(see below\\) \\[a link]\u200B(b) arr\\[i+1]'],
    ['a shrug', '¯\\_(ツ)_/¯', '¯\\_(ツ)_/¯'],
    ['bold by underscores', '__d__', '**d**'],
  ])('are escaped where Discord could take them for marks, and only there: %s', (_name, markdown, expected) => {
    expect(sent(markdown)).toBe(expected);
  });
});

describe('blocks of HTML', () => {
  it.each([
    ['a table', 'Before\n<table>\n  <tr><td>**a** and _b_</td></tr>\n</table>\n\n**after**'],
    ['a script with empty lines', '<script>\nconst a = b*c*d;\n\n    if (x || y || __z__) f(`${a}`);\n</script>\n*after*'],
    ['a style sheet', '<style>\n* { margin: 0 }\n\n*.a_b_ { color: red }\n</style>'],
    ['preformatted text with what begins lines', '<pre>\n>\n- a\n* b\n1. c\n# d\n> e\n-# f\n\n~~~\ng\n</pre>\nrest'],
    ['PHP', '<?php\n\n$a = [1, 2](3); // see `x` and *y*\n?>\n**after**'],
    ['details without an empty line', '<details>\n<summary>*Why*</summary>\n**because** a\\*b\n</details>'],
    ['a declaration', '<!DOCTYPE html>\n*text*'],
    ['character data', '<![CDATA[\n*x*\n\n_y_ ]]>\n*z*'],
    ['two blocks', '<div>\n*a*\n\n*b*\n<p>*c*\n\n*d*'],
    ['an element that nothing closes', '<pre>\n*a*\n\n    *b*\n\n\n\n\n*c*'],
  ])('keep their words: %s', (_name, markdown) => {
    expectSameReading(markdown);
    expectSameWhileItGrows(markdown, 1);
  });

  it.each([
    ['code in a fence is code', '<details>\n<summary>Code</summary>\n```py\na*b*c\n```\n</details>', '<details>\n<summary>Code</summary>\n```py\na*b*c\n```\n</details>'],
    ['tags that models make up', '<answer>\n**42**\n- one\n</answer>', '<answer>\n**42**\n- one\n</answer>'],
    ['the mark of a quote alone', '<pre>\n>\n</pre>', '<pre>\n\\>\n</pre>'],
    ['tags in an item', '- a\n  <div>\n  **b**\n- c', '- a\n  <div>\n  **b**\n- c'],
    ['mentions and addresses', '<div>\n<@123> @everyone [a](https://b.c/d)\n</div>', '<div>\n`<@123>` @\u200Beveryone [a]\u200B(<https://b.c/d>)\n</div>'],
  ])('leave alone what is more than HTML: %s', (_name, markdown, expected) => {
    expect(sent(markdown)).toBe(expected);
  });

  it('read the same however they come', () => {
    const line = fc.constantFrom('<div>', '</div>', '<pre>', '</pre> *x*', '<script>', '</script>', '*a* b', '', '', '    c_d_', '- e', '# f', '1. g', '```js', '```', '- ```', '~~~', '> h', '<?', '?>', 'https://a.b/c_d_', '<@1>', '-', '12');
    fc.assert(
      fc.property(fc.array(line, { minLength: 2, maxLength: 12 }), fc.integer({ min: 1, max: 5 }), (lines, step) => {
        const markdown = lines.join('\n');
        const display = createDisplay();
        let last = '';
        for (let end = 1; end <= markdown.length; end += step) {
          const shown = display.update(markdown.slice(0, end));
          expect(shown.startsWith(last)).toBe(true);
          last = shown;
        }
        expect(display.finish(markdown)).toBe(toDisplayText(markdown, { final: true }));
      }),
      { numRuns: fuzzRuns(300) },
    );
  });
});

const piece = fc.oneof(
  { weight: 5, arbitrary: fc.constantFrom('*', '**', '_', '__', '***', '~~', '||', '*', '_', '**') },
  { weight: 4, arbitrary: fc.constantFrom('a', 'word', 'x1', 'foo_bar', 'n*m', 'max_', '__init', 'b**c', '日本', 'é') },
  { weight: 3, arbitrary: fc.constantFrom(' ', ' ', ' ', '\n', ', ', '.', '(', ')', ' = ') },
  { weight: 2, arbitrary: fc.constantFrom('`x`', '`a*b`', '`c_`', '`**d`', '`e || f`', '`~~`', '`_g_`', '`h](i)`') },
  { weight: 1, arbitrary: fc.constantFrom('&amp;', '&lt;', '\\*', '\\_', '\\`', '[', ']', '<b>', '!') },
);
const paragraphs = fc.array(piece, { minLength: 1, maxLength: 30, size: 'max' }).map((pieces) => `w${pieces.join('').trimEnd()}`);
const blocks = fc.oneof({ weight: 4, arbitrary: paragraphs }, { weight: 1, arbitrary: fc.constantFrom('```js\na*b || c_ ** d_\n```', '```\nx || y\n```') });
/** A star alone is an item without any text; what tildes fence in may turn out to be a file. */
const isOfAnotherKind = (markdown: string): boolean => /^(?:[* ]+$|~{3})/m.test(markdown);
const mixtures = fc.array(blocks, { minLength: 1, maxLength: 4 }).map((all) => all.join('\n\n')).filter((markdown) => !isOfAnotherKind(markdown));
/** CommonMark knows no strikethrough and no spoiler: they stand in code only. */
const common = mixtures.filter((markdown) => !/~~|\|\|/.test(markdown.replace(/\\`|```[^]*?```|`[^`]*`/g, '')));

describe('any mixture of marks and code', () => {
  it('keeps its words and its code', () => {
    fc.assert(fc.property(common, expectSameReading), { numRuns: fuzzRuns(500) });
  });

  it('shows nothing while it grows that the end does not', () => {
    fc.assert(
      fc.property(mixtures, (markdown) => {
        expectSameWhileItGrows(markdown, 3);
      }),
      { numRuns: fuzzRuns(150) },
    );
  });
});
