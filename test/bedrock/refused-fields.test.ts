import { describe, expect, it } from 'vitest';
import { isSent, refusedField, withoutField } from '../../src/bedrock/refused-fields.ts';
import type { Prompt } from '../../src/conversation/prompt.ts';

const refusal = (message: string, name = 'ValidationException'): Error => Object.assign(new Error(message), { name });
const prompt = (changes: Partial<Prompt> = {}): Prompt => ({ system: ['Be short.'], turns: [], ...changes });
const settings = { modelId: 'm', maxTokens: 100 } as const;

describe('what a model refuses of a request', () => {
  it('is the cheaper tier only where that was asked for: by a call that nobody waits for, of a model that has it', () => {
    const error = refusal('The provided service_tier is not supported for this model.');
    const flex = { ...settings, hasFlexTier: true };
    expect(refusedField(error, flex, prompt({ isUnhurried: true }))).toBe('hasFlexTier');
    expect(refusedField(error, flex, prompt())).toBeUndefined();
    expect(refusedField(error, settings, prompt({ isUnhurried: true }))).toBeUndefined();
    expect(refusedField(refusal('Something else is wrong.'), flex, prompt({ isUnhurried: true }))).toBeUndefined();
  });

  it('is the system prompt only where there is one, and while it is sent', () => {
    const error = refusal("This model doesn't support system messages. Try again without a system message.");
    expect(refusedField(error, settings, prompt())).toBe('system');
    expect(refusedField(error, settings, prompt({ system: [] }))).toBeUndefined();
    expect(refusedField(error, { ...settings, hasSystemPrompts: false }, prompt())).toBeUndefined();
  });

  it('is a number that was sent, by its name', () => {
    const error = refusal('The model returned the following errors: `temperature` is deprecated for this model.');
    expect(refusedField(error, { ...settings, temperature: 0.5 }, prompt())).toBe('temperature');
    expect(refusedField(error, settings, prompt())).toBeUndefined();
    expect(refusedField(refusal(error.message, 'ThrottlingException'), { ...settings, temperature: 0.5 }, prompt())).toBeUndefined();
  });

  it.each([
    ['temperature', '`temperature` may only be set to 1 when thinking is enabled or in adaptive mode.'],
    ['temperature', 'temperature: range: 0..1'],
    ['temperature', 'Malformed input request: #/temperature: 1.0 is not less or equal to 0.99, please reformat your input and try again.'],
    ['temperature', "Unsupported value: 'temperature' does not support 0.5 with this model. Only the default (1) value is supported."],
    ['topP', '`top_p` must be unset when thinking is enabled.'],
    ['topP', '`top_p` must be greater than or equal to 0.95 or unset when thinking is enabled.'],
    ['cachePoint', 'system.0: cache_control cannot be set for empty text blocks'],
    ['cachePoint', 'A maximum of 4 blocks with cache_control may be provided. Found 5.'],
  ] as const)('is %s also where only its value, or its place, is not to its liking: %s', (field, words) => {
    const error = refusal(`The model returned the following errors: ${words}`);
    expect(refusedField(error, { ...settings, temperature: 0.5, topP: 0.9, cachePoint: { fromTokens: 1 } }, prompt())).toBe(field);
  });

  it('is no field that is only named', () => {
    expect(refusedField(refusal('Something is wrong, at whatever temperature.'), { ...settings, temperature: 0.5 }, prompt())).toBeUndefined();
  });

  it('is not sent again', () => {
    const sent = { ...settings, temperature: 0.5, hasFlexTier: true };
    for (const field of ['temperature', 'hasFlexTier', 'system'] as const) {
      expect(isSent(sent, field)).toBe(true);
      expect(isSent(withoutField(sent, field), field)).toBe(false);
    }
  });
});
