import fc from 'fast-check';
import { expect, it } from 'vitest';
import { cleanText, hasVisibleText } from '../../src/conversation/question.ts';
import { exportSettings, importSettings } from '../../src/policy/settings-yaml.ts';

const persona = fc.oneof(fc.string({ unit: 'grapheme', maxLength: 200 }), fc.constantFrom('true', 'no', 'null', '~', '1', '0x10', '- x', '# x', '&a', '*a', '!!x y', '"', "'", 'a: b', '|', 'two\nlines\n  indented', '---', '2026-11-29'))
  .map(cleanText)
  .filter(hasVisibleText);
const values = fc.record(
  { model: fc.constantFrom('us.amazon.nova-2-lite-v1:0', 'arn:aws:bedrock:us-east-1:123456789012:inference-profile/x'), persona, maxAnswerTokens: fc.integer({ min: 1, max: 1_000_000 }), footer: fc.constantFrom('off', 'model', 'cost'), privateAnswers: fc.boolean() },
  { requiredKeys: [] },
).filter((stored) => Object.keys(stored).length > 0);
const id = fc.bigInt({ min: 10n ** 17n, max: 2n ** 63n }).map(String);
const settings = fc.record({ server: values, categories: fc.dictionary(id, values, { maxKeys: 3 }), channels: fc.dictionary(id, values, { maxKeys: 3 }) });

it('what is exported is read as it was, whatever people have written and however long ids are', () => {
  fc.assert(
    fc.property(settings, (all) => {
      const read = importSettings(exportSettings(all));
      expect('settings' in read ? read.settings : read).toEqual(all);
    }),
    { numRuns: 2_000 },
  );
});

it('any text is read, or its mistakes are told with a line that it has', () => {
  const words = fc.constantFrom('version: 1', 'server:', 'channels:', '  footer: model', '  persona: |', '    x', '\t', '- 1', '{', '}', '? x', '<<: *a', '&a', '%YAML 1.2', '...', '---', '123456789012345678:', ': :', '"', '!!binary eA==');
  fc.assert(
    fc.property(fc.oneof(fc.string({ unit: 'binary', maxLength: 200 }), fc.array(words, { maxLength: 12 }).map((lines) => lines.join('\n'))), (text) => {
      const read = importSettings(text);
      if ('settings' in read) return;
      expect(read.length).toBeGreaterThan(0);
      for (const { line, reason } of read) {
        expect(line).toBeGreaterThanOrEqual(1);
        expect(line).toBeLessThanOrEqual(text.split('\n').length);
        expect(reason).not.toBe('');
      }
    }),
    { numRuns: 3_000 },
  );
});
