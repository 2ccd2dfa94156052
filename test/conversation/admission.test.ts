import { describe, expect, it } from 'vitest';
import { createAdmission } from '../../src/conversation/admission.ts';
import type { AdmissionCheck, Refusal } from '../../src/conversation/admission.ts';
import type { Question } from '../../src/conversation/question.ts';

const QUESTION = { id: '1', conversationId: '2', guildId: '3', asker: { id: '4', name: 'Ana' }, askedAt: 0, text: 'hello', isShared: true } satisfies Question;
const NO: Refusal = { reason: 'private-off' };

interface Told {
  readonly asked: string[];
  readonly withdrawn: string[];
}

const checks = (told: Told, ...verdicts: readonly (readonly [name: string, of: AdmissionCheck['of'], verdict: ReturnType<AdmissionCheck['refusalOf']>])[]): AdmissionCheck[] =>
  verdicts.map(([name, of, verdict]) => ({
    of,
    refusalOf: () => {
      told.asked.push(name);
      return verdict;
    },
    withdraw: () => void told.withdrawn.push(name),
  }));

const none = (): Told => ({ asked: [], withdrawn: [] });

describe('an admission', () => {
  it('lets in what no check refuses, at once where each knows at once', () => {
    const told = none();
    const { refusalOf } = createAdmission(checks(told, ['one', 'questions', undefined], ['two', 'questions', undefined]));
    expect(refusalOf(QUESTION)).toBeUndefined();
    expect(told).toEqual({ asked: ['one', 'two'], withdrawn: [] });
    expect(createAdmission([]).refusalOf(QUESTION)).toBeUndefined();
  });

  it('asks first what refuses everything, then in the given order, and nobody behind the first refusal', async () => {
    const told = none();
    const { refusalOf } = createAdmission(checks(told, ['limit', 'questions', NO], ['later', 'questions', undefined], ['access', 'everything', Promise.resolve(undefined)]));
    expect(await refusalOf(QUESTION)).toEqual(NO);
    expect(told.asked).toEqual(['access', 'limit']);
  });

  it('asks of what asks nothing only those that refuse everything', async () => {
    const told = none();
    const { refusalOf } = createAdmission(checks(told, ['limit', 'questions', NO], ['access', 'everything', undefined]));
    expect(await refusalOf(QUESTION, true)).toBeUndefined();
    expect(told.asked).toEqual(['access']);
  });

  it.each([
    ['at once', NO],
    ['later', Promise.resolve(NO)],
  ])('takes back what earlier checks have noted of a question that is refused %s', async (_when, verdict) => {
    const told = none();
    const { refusalOf } = createAdmission(checks(told, ['one', 'questions', Promise.resolve(undefined)], ['two', 'questions', undefined], ['three', 'questions', verdict], ['four', 'questions', undefined]));
    expect(await refusalOf(QUESTION)).toEqual(NO);
    expect(told.withdrawn).toEqual(['one', 'two']);
  });

  it('takes back what all have noted of one that is not taken on after all', () => {
    const told = none();
    createAdmission(checks(told, ['one', 'questions', undefined], ['two', 'everything', undefined])).withdraw(QUESTION);
    expect(told.withdrawn.toSorted()).toEqual(['one', 'two']);
  });
});
