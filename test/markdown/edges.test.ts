import { describe, expect, it } from 'vitest';
import { readUrl } from '../../src/markdown/bare-url.ts';
import { mapCuts } from '../../src/markdown/cut-map.ts';
import { toDisplayText } from '../../src/markdown/display-text.ts';
import { openFence } from '../../src/markdown/fence.ts';
import { hasInvite, readLink } from '../../src/markdown/links.ts';
import { splitMessage } from '../../src/markdown/split-message.ts';
import { splitRow } from '../../src/markdown/table-row.ts';

describe('a row of a table', () => {
  it('has cells without the blanks around them', () => {
    expect(splitRow('  a  |  b c |d  ', false)).toEqual(['a', 'b c', 'd']);
  });
});

describe('a table', () => {
  it('keeps brackets that make no link', () => {
    expect(toDisplayText('| a | b |\n|---|---|\n| [x] done | [ ] (open) |\n', { final: true })).toMatch(/\[x\] done +\[ \] \(open\)/u);
  });
});

describe('a code block', () => {
  it('that stands in quotes within quotes stands in one quote, as Discord knows no others', () => {
    expect(toDisplayText('> > ```js\n> > a\n> > ```\nb', { final: true })).toBe('> ```js\n> a\n> ```\nb');
    expect(toDisplayText('> > - ```js\n> >   a\n> >   ```\nb', { final: true })).toBe('> - ```js\n>   a\n>   ```\nb');
  });

  it.each([' ', '\t', '\u3000'])('with nothing in it but blanks (%j) shows nothing, nor does it while it grows', (blank) => {
    expect(toDisplayText(`a\n\`\`\`js\n${blank}`, { final: false })).toBe('a\n');
    expect(toDisplayText(`a\n\`\`\`js\n${blank}\n\`\`\`\nb`, { final: true })).toBe('a\nb');
  });
});

describe('a code block that begins behind words', () => {
  it.each(['see ', 'see *this*: '])('begins in a line of its own: %j', (words) => {
    expect(toDisplayText(`${words}\`\`\`js\na **b** c\n\`\`\`\nd`, { final: true })).toBe(`${words}\n\`\`\`js\na **b** c\n\`\`\`\nd`);
  });
});

describe('the lines of a text that goes on behind a cut', () => {
  const kinds = (text: string, opener: string | undefined, prefix: string): string[] => mapCuts(text, opener === undefined ? undefined : openFence(opener), prefix).lines.map(({ kind }) => kind);

  it('are code as long as the block that was cut goes on, whose first line has its quote mark before the cut', () => {
    expect(kinds('a **b**\n> ```\nc', '> ```js', '> ')).toEqual(['code', 'closer', 'prose']);
    expect(kinds('a **b**\nc', '> ```js', '')).toEqual(['prose', 'prose']);
    expect(kinds('a\n```\nb', '```js', '')).toEqual(['code', 'closer', 'prose']);
  });
});

describe('a link', () => {
  const linkOf = (length: number): string => `[a](https://b.c/${'x'.repeat(length - '[a](https://b.c/)'.length)})`;

  it('may be as long as what stands whole in one message, and no longer', () => {
    expect(readLink(linkOf(1_800), 0, true)).toMatchObject({ end: 1_800, text: 'a' });
    expect(readLink(linkOf(1_801), 0, true)).toBeUndefined();
  });
});

describe('a URL in running text', () => {
  const read = (text: string, isLineDone: boolean) => readUrl(text, 0, 'https://', ' ', isLineDone);
  const readTo = (text: string, isLineDone = false) => {
    const url = read(text, isLineDone);
    return url === 'wait' ? url : url.end;
  };

  it('is waited for as long as it may go on, and a character longer', () => {
    expect(['https://b.c/d', 'https://b.c/d ', 'https://b.c/d)', 'https://b.c/d x'].map((text) => readTo(text))).toEqual(['wait', 'wait', 'wait', 13]);
    expect(['https://b.c/d', 'https://b.c/d '].map((text) => readTo(text, true))).toEqual([13, 13]);
  });

  it('is waited for no longer than one may be', () => {
    const long = `https://b.c/${'x'.repeat(2_000)}`;
    expect(readTo(long.slice(0, 1_800))).toBe('wait');
    expect(readTo(long)).toBe(1_800);
  });

  it('ends before the marks behind it, and after a bracket that it has opened', () => {
    expect(['https://b.c/d. And', 'https://b.c/d_(e) and', 'https://b.c/d) and', 'https://b.c/d), and', 'https://b.c/[d] and', 'https://b.c/d]] and'].map((text) => readTo(text))).toEqual([13, 17, 13, 13, 15, 13]);
  });

  it('that is too long for one message loses and doubles nothing, however it begins', () => {
    for (const scheme of ['https', '&#104;ttps', 'http&#115;']) {
      const shown = toDisplayText(`see ${scheme}://b.c/${'x'.repeat(2_000)} there`, { final: true });
      expect(shown.replaceAll(/[`\u200B]/gu, '')).toBe(`see https://b.c/${'x'.repeat(2_000)} there`);
    }
  });

  it('is text within a word, and where nothing stands behind its scheme', () => {
    expect(readUrl('https://b.c and', 0, 'https://', 'a', true)).toEqual({ kind: 'text', text: 'https', end: 5 });
    expect(read('https://. And so', true)).toMatchObject({ kind: 'shown', end: 8 });
  });
});

describe('code in running text', () => {
  it.each([0, 60, 390, 2_000])('has its own backticks and marks in it, also behind %i words of its line', (count) => {
    const text = `${'word '.repeat(count)}so: \`\`a \` *b*\`\`, and so on`;
    expect(toDisplayText(text, { final: true })).toBe(text);
  });
});

describe('an invite', () => {
  it('is found wherever it stands, encoded or not', () => {
    for (const invite of ['discord.gg/x', '%64iscord.gg/x', 'discord.com/%69nvite/x']) expect([invite, `see ${invite}`].map(hasInvite)).toEqual([true, true]);
    expect(['discord.com/channels/1', '100%', '%zz discord'].map(hasInvite)).toEqual([false, false, false]);
  });
});

describe('lines that end as on Windows', () => {
  it.each(['a\n\nb\n', '# a\n\n```js\nx\n```\n\nb', '- a\n- b\n\n> c\n> d', '| a | b |\n|---|---|\n| c | d |\n', 'a\n\n---\n\nb', '    code\n    more\n\nb'])('read as all others: %j', (text) => {
    expect(toDisplayText(text.replaceAll('\n', '\r\n'), { final: true }).replaceAll('\r', '')).toBe(toDisplayText(text, { final: true }));
  });
});

describe('a cut', () => {
  it('leaves no message with a mark alone where blanks stand around it', () => {
    expect(splitMessage('*(\u200B(>~~~:$ |    \\    ``    .<!-- *](https://a.b)````a,<br>日, &amp;~~:> 日', { limit: 50 }).map((part) => part.length > 1)).toEqual([true, true, true]);
  });

  it.each(['**bold words here**', '*some slanted words*', '~~what is not so~~', '||who did it, then||'])('goes around %s', (element) => {
    const parts = splitMessage(`${'word '.repeat(7)}${element} and more of it behind that`, { limit: 50 });
    expect(parts.some((part) => part.includes(element)), JSON.stringify(parts)).toBe(true);
  });
});
