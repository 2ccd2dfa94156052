import fc from '../property.ts';
import { expect, it } from 'vitest';
import { cleanText, hasVisibleText } from '../../src/conversation/question.ts';
import { exportSettings, importSettings } from '../../src/policy/settings-yaml.ts';

const persona = fc.oneof(fc.string({ unit: 'grapheme', maxLength: 200 }), fc.constantFrom('true', 'no', 'null', '~', '1', '0x10', '- x', '# x', '&a', '*a', '!!x y', '"', "'", 'a: b', '|', 'two\nlines\n  indented', '---', '2026-11-29'))
  .map(cleanText)
  .filter(hasVisibleText);
const values = fc.record(
  { model: fc.constantFrom('us.amazon.nova-2-lite-v1:0', 'arn:aws:bedrock:us-east-1:123456789012:inference-profile/x'), persona, maxAnswerTokens: fc.integer({ min: 1, max: 1_000_000 }), footer: fc.constantFrom('off', 'model', 'cost'), privateAnswers: fc.boolean(), limits: fc.constantFrom('member: 20 questions an hour', 'member: 2 at once\nrole 123456789012345678: unlimited questions a day\nchannel: $0.5 a day, then use arn:aws:bedrock:us-east-1:123456789012:inference-profile/x') },
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

it('limits are a list, each line of which is looked at by itself', () => {
  const limits = 'member: 20 questions an hour\nrole 123456789012345678: 100 questions an hour\nserver: $5 a day, then warn';
  const written = exportSettings({ server: { limits }, categories: {}, channels: {} });
  expect(written).toContain('  limits:\n    - member: 20 questions an hour\n    - role 123456789012345678: 100 questions an hour\n    - server: $5 a day, then warn\n');
  const others = ['limits: ["member: 20 questions an hour", role 123456789012345678: 100 questions an hour, "server: $5 a day, then warn"]', 'limits: |\n    member: 20 questions an hour\n    role 123456789012345678: 100 questions an hour; server: $5 a day, then warn'];
  for (const other of others) expect(importSettings(`version: 1\nserver:\n  ${other}\n`)).toMatchObject({ settings: { server: { limits } } });
});

it('limits with a mistake are told with its line, and so are those that cannot stand there', () => {
  const problemsIn = (text: string): unknown => {
    const read = importSettings(`version: 1\n${text}`);
    return 'settings' in read ? read.settings : read.map(({ line, reason }) => `${line} ${reason.slice(0, 60)}`);
  };
  expect(problemsIn('server:\n  limits:\n    - member: 20 questions an hour\n    - member: lots\n    - nobody: 1 question a day\n')).toEqual([
    expect.stringMatching(/^5 limits cannot be: says nothing that I can count/u),
    expect.stringMatching(/^6 limits cannot be: must begin with whom it is for/u),
  ]);
  expect(problemsIn('server:\n  limits:\n    - member: 2 at once\n    - member: 3 at once\n')).toEqual([expect.stringMatching(/^3 limits cannot be: line 2 says the same as line 1/u)]);
  expect(problemsIn("channels:\n  '123456789012345678':\n    limits:\n      - server: $5 a day\n")).toEqual(['4 limits cannot have a limit of the server at a channel; set i']);
  expect(problemsIn('server:\n  limits:\n    - bot: $5 a day\n')).toEqual([expect.stringMatching(/^3 limits cannot have a limit of the bot/u)]);
  expect(problemsIn('server:\n  limits:\n    - [a, b]\n    - {a: b, c: d}\n')).toEqual(['4 limits must be a list of lines', '5 limits must be a list of lines']);
  expect(problemsIn('server:\n  limits: []\n')).toEqual([expect.stringMatching(/^3 limits cannot|^3 limits must name a limit/u)]);
});
