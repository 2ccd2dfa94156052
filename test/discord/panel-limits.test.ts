import { describe, expect, it } from 'vitest';
import { FormErrors } from '../simulators/discord/errors.ts';
import { validateComponents } from '../simulators/discord/validate-components.ts';
import { validateModal } from '../simulators/discord/validate-modals.ts';
import { memoryStates } from './memory-states.ts';
import { panelStates } from './panel-states.ts';
import type { PanelState, PanelValues } from './panel-states.ts';

const id = (index: number): string => String(12345678901234567000n + BigInt(index));
const ids = Array.from({ length: 25 }, (_, index) => id(index)).join(' ');
const longId = `us.${'x'.repeat(2_045)}`;

/** As long as each value can be, of signs that formatting would make longer. */
const LONGEST: PanelValues = {
  bot: {},
  stored: {
    model: longId,
    persona: '`*_~'.repeat(1_000),
    maxAnswerTokens: 1_000_000,
    footer: 'cost',
    privateAnswers: false,
    errorStyle: 'quiet',
    answersTo: 'everything',
    followUpMinutes: 1_440,
    questions: 'off',
    allowedRoles: ids,
    allowedMembers: ids,
    forbiddenRoles: ids,
    forbiddenMembers: ids,
    guardrail: `arn:aws:bedrock:us-east-1:123456789012:guardrail/${'g'.repeat(140)}:12345678`,
    limits: Array.from({ length: 40 }, (_, index) => `role ${id(index)}: 99,999 questions an hour`).join('\n').slice(0, 2_000),
    checks: 'input and output',
    checksThreshold: '1.0',
    managerRole: id(1),
  },
  notice: `⚠️ ${'Something went wrong, and here is why. '.repeat(8)}`,
  models: Array.from({ length: 40 }, (_, index) => ({ id: index === 0 ? longId : `us.maker.model-${index}-${'y'.repeat(index * 4)}`, name: 'M'.repeat(index * 4), detail: 'd'.repeat(90) })),
  entries: Array.from({ length: 12 }, (_, index) => ({ id: `00000000000000${index}.00`, at: 1_764_400_000_000, byId: id(index), place: { level: 'channel', id: id(index) }, key: index === 0 ? 'later'.repeat(40) : 'persona', from: '`*_~'.repeat(1_000), to: '@everyone '.repeat(400) })),
};
const EMPTY: PanelValues = { bot: {}, stored: {}, models: [], entries: [] };

const problemsOf = ({ panel, form }: PanelState): string => {
  const errors = new FormErrors();
  if (panel !== undefined) validateComponents(errors, ['components'], panel, true);
  if (form !== undefined) validateModal(errors, [], form);
  if (!errors.any) return '';
  try {
    errors.throwIfAny();
    return 'none';
  } catch (error) {
    return JSON.stringify(error);
  }
};

describe('every state of the panel is one that Discord takes', () => {
  it.each([
    ['nothing is set', EMPTY],
    ['everything is as long as it can be', LONGEST],
  ])('where %s', (_what, values) => {
    const states = panelStates(values);
    expect(states.length).toBeGreaterThan(90);
    expect(states.filter((state) => problemsOf(state) !== '').map((state) => `${state.name}: ${problemsOf(state)}`)).toEqual([]);
  });

  it.each([
    ['short', undefined],
    ['long, of signs that formatting would make longer', '`*_~'.repeat(1_000)],
    ['nothing that could be seen', '\u200b'],
  ])('of /memory, where what was said is %s', (_what, words) => {
    const states = memoryStates(words);
    expect(states.length).toBeGreaterThan(8);
    expect(states.filter((state) => problemsOf(state) !== '').map((state) => `${state.name}: ${problemsOf(state)}`)).toEqual([]);
  });
});
