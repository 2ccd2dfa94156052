import { describe, expect, it } from 'vitest';
import { limitsIn, problemWithLimits, readLimits } from '../../src/policy/limit-lines.ts';

const ROLE = '123456789012345678';
const one = (line: string) => limitsIn(line)[0];

describe('a line that is a limit', () => {
  it.each([
    ['member: 20 questions an hour', { per: 'member', counts: 'questions', window: 'hour', most: 20, action: 'refuse' }],
    ['Member: 1 question per minute, then refuse', { per: 'member', counts: 'questions', window: 'minute', most: 1, action: 'refuse' }],
    [`role ${ROLE}: 100 questions/hour`, { per: 'role', roleId: ROLE, counts: 'questions', window: 'hour', most: 100, action: 'refuse' }],
    [`role <@&${ROLE}>: unlimited questions a day`, { per: 'role', roleId: ROLE, counts: 'questions', window: 'day', most: Infinity, action: 'refuse' }],
    ['channel: 50,000 tokens a day, then warn', { per: 'channel', counts: 'tokens', window: 'day', most: 50_000, action: 'warn' }],
    ['server: $20 a month then use anthropic.claude-haiku-5-5', { per: 'server', counts: 'usd', window: 'month', most: 20, action: { model: 'anthropic.claude-haiku-5-5' } }],
    ['server: 0.5 USD per day', { per: 'server', counts: 'usd', window: 'day', most: 0.5, action: 'refuse' }],
    ['server: $2.50/day', { per: 'server', counts: 'usd', window: 'day', most: 2.5, action: 'refuse' }],
    ['SERVER: $20 A MONTH, THEN WARN', { per: 'server', counts: 'usd', window: 'month', most: 20, action: 'warn' }],
    ['MEMBER: 20 QUESTIONS AN HOUR', { per: 'member', counts: 'questions', window: 'hour', most: 20, action: 'refuse' }],
    ['bot: 3 dollars a day', { per: 'bot', counts: 'usd', window: 'day', most: 3, action: 'refuse' }],
    ['member: 2 at once', { per: 'member', counts: 'at once', most: 2, action: 'refuse' }],
    ['  member :  2 questions at once ', { per: 'member', counts: 'at once', most: 2, action: 'refuse' }],
    ['member: 5 questions a day, then use arn:aws:bedrock:us-east-1:123456789012:inference-profile/us.anthropic.claude', { action: { model: 'arn:aws:bedrock:us-east-1:123456789012:inference-profile/us.anthropic.claude' } }],
  ])('%s', (line, limit) => expect(one(line)).toMatchObject(limit));

  it('stands beside others, on lines of their own or behind semicolons', () => {
    expect(limitsIn('member: 2 at once\n\n channel: 5 questions a minute; server: $1 a day\n').map(({ per }) => per)).toEqual(['member', 'channel', 'server']);
  });

  it('may warn first, then step down, then refuse', () => {
    expect(limitsIn('server: $5 a day, then warn; server: $8 a day, then use small.model; server: $10 a day').map(({ action }) => action)).toEqual(['warn', { model: 'small.model' }, 'refuse']);
  });
});

describe('a line that is none', () => {
  it.each([
    ['20 questions an hour', 'must begin with whom it is for'],
    ['everybody: 20 questions an hour', 'must begin with whom it is for'],
    ['role boosters: 20 questions an hour', 'must begin with whom it is for'],
    ['member:', 'says nothing that I can count'],
    ['member: many questions an hour', 'says nothing that I can count'],
    ['member: 20 questions', 'says nothing that I can count'],
    ['member: 20 questions a week', 'says nothing that I can count'],
    ['member: -5 questions an hour', 'says nothing that I can count'],
    ['member: 1.5 questions an hour', 'says nothing that I can count'],
    ['member: 1e3 questions an hour', 'says nothing that I can count'],
    ['member: 5,00 tokens a day', 'says nothing that I can count'],
    ['member: $-1 a day', 'says nothing that I can count'],
    ['member: €5 a day', 'says nothing that I can count'],
    ['member: 0 questions an hour', 'must allow at least 1'],
    ['member: 0 at once', 'must allow at least 1'],
    ['server: $0 a day', 'must allow at least $0.0001'],
    ['member: 1000000 questions an hour', 'must be at most 100,000'],
    ['member: 900 at once', 'must be at most 100'],
    ['member: 100 tokens an hour', 'must count tokens and money by the day or the month'],
    ['member: $1 a minute', 'must count tokens and money by the day or the month'],
    ['channel: 2 at once', 'only a member or a role'],
    ['member: 5 questions a day, then explode', 'must end with "then refuse", "then warn" or "then use"'],
    ['member: 5 questions a day, then use', 'must end with'],
    ['member: 5 questions a day, then use a cheaper model', 'must end with'],
    ['member: 5 questions a day, then warn, then refuse', 'says "then" twice'],
    ['member: unlimited questions a day, then warn', 'is without a limit'],
  ])('%s', (line, reason) => {
    expect(readLimits(line)).toEqual({ problems: [{ line: 1, reason: expect.stringContaining(reason) }] });
  });

  it('is told with its number, and with those of all others', () => {
    const text = 'member: 2 at once\nmember: lots\nserver: $5 a day\nserver: $6 a day\nnobody: 1 question a day';
    expect(problemWithLimits(text)).toMatch(/^cannot be: line 2 says nothing that I can count.*\(and so are lines 4, 5\)$/u);
    expect(readLimits(text)).toMatchObject({ problems: [{ line: 2 }, { line: 4, reason: 'says the same as line 3, with another number' }, { line: 5 }] });
  });

  it('keeps an empty text from being a setting', () => {
    expect(problemWithLimits(' \n ; ')).toBe('must name a limit; leave it out to use what is above it');
  });

  it('takes a moment at most, however long it is', () => {
    for (const long of [`member: ${'9'.repeat(50_000)}`, `member: ${' '.repeat(50_000)}x`, ' then '.repeat(10_000), `${'a:'.repeat(20_000)}`]) expect(problemWithLimits(long)).toMatch(/^cannot be/u);
  });
});
