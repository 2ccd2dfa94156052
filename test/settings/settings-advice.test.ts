import { describe, expect, it } from 'vitest';
import { readConfig } from '../../src/settings/config.ts';
import { tooSmallQuota } from '../../src/settings/settings-advice.ts';

const adviceFor = (environment: Readonly<Record<string, string>>) =>
  tooSmallQuota(readConfig({ DISCORD_TOKEN: 'a', AWS_BEARER_TOKEN_BEDROCK: 'b', BEDROCK_MAX_TOKENS: '4096', SYSTEM_PROMPT: 'x'.repeat(400), ...environment }));

describe('the quota of a minute', () => {
  it.each([{}, { TOKENS_PER_MINUTE: '4197' }, { TOKENS_PER_MINUTE: '1000000' }, { TOKENS_PER_DAY: '10' }])('is no trouble where it is %j', (environment) => {
    expect(adviceFor(environment)).toBeUndefined();
  });

  it.each(['4196', '4096', '2000'])('of %s tokens is too small for any question, which is said with what to set', (tokensPerMinute) => {
    const advice = adviceFor({ TOKENS_PER_MINUTE: tokensPerMinute });
    expect(advice?.says).toContain(`TOKENS_PER_MINUTE is ${Number(tokensPerMinute).toLocaleString('en')}, and Bedrock reserves 4,196 tokens or more`);
    const [, instead = ''] = /^Set BEDROCK_MAX_TOKENS to (\d+) or less/u.exec(advice?.cure ?? '') ?? [];
    expect(Number(instead)).toBeGreaterThan(0);
    expect(adviceFor({ TOKENS_PER_MINUTE: tokensPerMinute, BEDROCK_MAX_TOKENS: instead })).toBeUndefined();
  });

  it('that the system prompt alone uses up has another cure', () => {
    expect(adviceFor({ TOKENS_PER_MINUTE: '100' })?.cure).toBe('Shorten SYSTEM_PROMPT, which takes about 100 tokens by itself, or set TOKENS_PER_MINUTE to what AWS grants you.');
  });

  it('is measured by what suits the model where no length of answers is set', () => {
    expect(adviceFor({ TOKENS_PER_MINUTE: '500', BEDROCK_MAX_TOKENS: '' })).toBeDefined();
  });
});
