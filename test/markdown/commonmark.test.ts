import { describe, expect, it } from 'vitest';
import { createAnswerLayout, layOutAnswer } from '../../src/markdown/answer-layout.ts';
import { createDisplay, toDisplayText } from '../../src/markdown/display-text.ts';
import { createMessageSplitter, splitMessage } from '../../src/markdown/split-message.ts';
import { commonMarkExamples } from './commonmark-examples.ts';
import { liveThings } from './discord-reader.ts';
import { checkParts } from './split-checks.ts';

const LIMIT = 60;
const NOTES = { codeNote: () => '-# a file', restNote: () => '-# more' };
const sections = [...new Set(commonMarkExamples.map(({ section }) => section))];
const examplesOf = (wanted: string): string[] => commonMarkExamples.filter(({ section }) => section === wanted).map(({ markdown }) => markdown);

describe.each(sections)('the examples of "%s"', (section) => {
  const examples = examplesOf(section);
  /** And all of them as one text, which begins anew in the middle of whatever one of them left open. */
  const texts = [...examples, examples.join('\n')];

  it('are split with nothing lost, and the same while they grow', () => {
    for (const text of texts) {
      const parts = splitMessage(text, { limit: LIMIT });
      checkParts(text, parts, LIMIT);
      const splitter = createMessageSplitter({ limit: LIMIT });
      for (let end = 0; end <= text.length; end += text.length > 1_000 ? 23 : 1) {
        const shown = splitter.update(text.slice(0, end));
        expect(parts.slice(0, Math.max(shown.length - 1, 0))).toEqual(shown.slice(0, -1));
      }
      expect(splitter.finish(text)).toEqual(parts);
    }
  });

  it('are displayed with nothing live in them, by adding to what was shown', () => {
    for (const text of texts) {
      const whole = toDisplayText(text, { final: true });
      for (const message of layOutAnswer(whole, { maxMessages: 100 }).messages) expect(liveThings(message), text).toEqual([]);
      const display = createDisplay();
      const layout = createAnswerLayout({ limit: LIMIT, maxMessages: 100, ...NOTES });
      let last = '';
      let messages: readonly string[] = [];
      for (let end = 0; end <= text.length; end += text.length > 1_000 ? 23 : 1) {
        const shown = display.update(text.slice(0, end));
        expect(shown.startsWith(last)).toBe(true);
        const next = layout.update(shown);
        expect(next.slice(0, Math.max(messages.length - 1, 0))).toEqual(messages.slice(0, -1));
        for (const message of next) expect(message.length).toBeLessThanOrEqual(LIMIT);
        last = shown;
        messages = next;
      }
      expect(display.finish(text)).toBe(whole);
      expect(layout.finish(whole, text).messages.slice(0, Math.max(messages.length - 1, 0))).toEqual(messages.slice(0, -1));
    }
  });
});
