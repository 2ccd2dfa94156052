import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import * as fc from '../property.ts';
import { describe, expect, it } from 'vitest';
import { createAnswerLayout, layOutAnswer } from '../../src/markdown/answer-layout.ts';
import { createDisplay, toDisplayText } from '../../src/markdown/display-text.ts';
import { fuzzRuns } from './fuzz-runs.ts';
import { modelReading, splitTables } from './model-reading.ts';
import { CODE_END, commonMarkReading, discordReadings, noteOf } from './reference-readings.ts';
import { prefixesOf } from './split-checks.ts';

const FOLDER = join(import.meta.dirname, 'answers');
const files = readdirSync(FOLDER).map((name) => ({ name, text: readFileSync(join(FOLDER, name), 'utf8') }));
const answersOf = (text: string): { name: string; markdown: string }[] =>
  text
    .split(/^%%% /m)
    .slice(1)
    .map((one) => ({ name: one.slice(0, one.indexOf('\n')), markdown: one.slice(one.indexOf('\n') + 1).trimEnd() }));

const OPTIONS = { maxMessages: 100, codeNote: noteOf };
const sent = (markdown: string) => {
  const { messages, files: attached } = layOutAnswer(toDisplayText(markdown, { final: true }), OPTIONS);
  return { message: messages.join('\n'), attached };
};

/** Words alone, in which code counts as words. */
const bare = (words: string): string => words.replace(/[\u2063\u2064]/g, '');

describe('there are enough answers', () => {
  it('of each kind', () => {
    const all = files.flatMap(({ text }) => answersOf(text));
    expect(all.length).toBeGreaterThanOrEqual(200);
    expect(new Set(all.map(({ name }) => name)).size).toBe(all.length);
  });
});

describe.each(files)('the answers in $name', ({ text }) => {
  it.each(answersOf(text))('reads as it was meant: $name', ({ markdown }) => {
    const { text: prose } = splitTables(markdown);
    const { message, attached } = sent(prose);
    const meant = modelReading(prose);
    for (const read of discordReadings(message, attached)) {
      expect(read.words, message).toBe(meant.words);
      expect(read.code, message).toEqual(meant.code);
      expect(read.hidden, message).toEqual(meant.hidden);
      for (const strong of read.strong) expect(meant.strong, message).toContain(strong);
      for (const emphasis of read.emphasis) expect(meant.emphasis, message).toContain(emphasis);
    }
  });

  it.each(answersOf(text).filter(({ markdown }) => splitTables(markdown).tables.length > 0))('keeps each cell of its tables: $name', ({ markdown }) => {
    const { message, attached } = sent(markdown);
    for (const { words } of discordReadings(message, attached)) {
      let at = 0;
      const shown = bare(words);
      // A list names its fields in each row, so their names are looked for nowhere in particular.
      for (const cell of splitTables(markdown).tables.flatMap(({ rows }) => rows.slice(1).flatMap((row) => row.split(/(?<!\\)\|/)))) {
        const meant = bare(commonMarkReading(cell.trim().replaceAll('\\|', '|')).words);
        const found = shown.indexOf(meant, at);
        expect(found, `${meant}\n${message}`).toBeGreaterThanOrEqual(at);
        at = found + meant.length;
      }
    }
  });

  it.each(answersOf(text))('shows nothing while it grows that the end does not: $name', ({ markdown }) => {
    const { message, attached } = sent(markdown);
    const whole = discordReadings(message, attached).map(({ words }) => words);
    fc.assert(
      fc.property(fc.array(fc.nat(), { minLength: 5, maxLength: 25 }), (cuts) => {
        const display = createDisplay();
        const layout = createAnswerLayout(OPTIONS);
        for (const prefix of prefixesOf(markdown, cuts)) {
          const draft = layout.update(display.update(prefix)).join('\n');
          for (const [index, { words }] of discordReadings(draft, attached).slice(0, whole.length).entries()) {
            const shown = words.replace(new RegExp(`${CODE_END}$`), '');
            expect(whole[index]?.slice(0, shown.length), draft).toBe(shown);
          }
        }
      }),
      { numRuns: fuzzRuns(2) },
    );
  });
});
