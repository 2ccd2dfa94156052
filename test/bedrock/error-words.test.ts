import { describe, expect, it } from 'vitest';
import { errorWords } from '../../src/bedrock/error-words.ts';
import type { Prompt } from '../../src/conversation/prompt.ts';

const promptOf = (...texts: string[]): Prompt => ({ system: [], turns: texts.map((text, index) => ({ role: index % 2 === 0 ? 'user' : 'assistant', content: [{ text }] })) });
const DIARY = promptOf('{"speaker":{"id":"7","name":"Annegret"}}\nMy diary says: Grüße an Bärbel, the PIN is 482915', 'I will keep it.', 'quoth the raven');

describe("an error's words in the log", () => {
  it.each([
    'The model returned the following errors: messages.0.content.0: "My diary says: Grüße an Bärbel" is not allowed',
    "Invalid text 'Grüße an Bärbel, the PIN is 482915' in request",
    'Blocked words found: diary, Bärbel, 482915',
    'Bad input near Gr\\u00fc\\u00dfe an B\\u00e4rbel',
    'Cannot parse: My diary says: Grüße an Bä',
    'Unexpected speaker Annegret',
    'In reply to the raven the model failed',
    'Malformed: “the PIN is 482915”',
    'Malformed: `My diary says` and «Grüße an Bärbel»',
    'Unterminated "My diary says',
  ])('have none of the prompt: %s', (message) => {
    const words = errorWords(message, DIARY);
    for (const secret of ['diary', 'Grüße', 'Bärbel', '482915', 'Annegret', 'raven', 'Bä']) expect(words).not.toContain(secret);
    expect(words).not.toBe('');
  });

  it.each([
    'The provided model identifier is invalid.',
    "data retention mode 'default' is not available for this model",
    'The flux capacitor of messages.0.content.1 is misaligned (code 7).',
    'User: arn:aws:iam::123456789012:user/BedrockAPIKey-x is not authorized to perform: bedrock:InvokeModel',
    'The model returned the following errors: `temperature` is deprecated for this model.',
    'Too many tokens, please wait before trying again.',
  ])('are all that Bedrock says: %s', (message) => {
    expect(errorWords(message, promptOf('What is a model? It has many tokens, please wait.'))).toBe(message);
  });

  it('have no quotation of several words, whoever wrote them, and are short', () => {
    expect(errorWords('Model output "the secret of the answer" is malformed')).toBe('Model output … is malformed');
    expect(errorWords('x'.repeat(5_000)).length).toBeLessThanOrEqual(600);
  });
});
