import { recollect } from '../../src/conversation/recollection.ts';
import { endedPanel, memoryPanel, surePanel } from '../../src/discord/memory/memory-panel.ts';
import { MEMORY_CHANGED_TEXT, UNDONE_TEXT, chainChoice } from '../../src/discord/texts/memory-texts.ts';
import { resetText } from '../../src/discord/texts/command-texts.ts';
import type { Exchange } from '../../src/conversation/history.ts';
import type { MemoryView } from '../../src/discord/memory/memory-panel.ts';
import type { PanelState } from './panel-states.ts';

const AT = 1_795_961_000_000;
const DAY_MS = 24 * 60 * 60 * 1000;

const exchange = (id: string, text: string, reply: string, files: readonly string[] = []): Exchange => ({
  id,
  askerId: '12345678901234567890',
  askedAt: AT,
  turns: [
    {
      role: 'user',
      content: [
        { text: JSON.stringify({ speaker: { id: '12345678901234567890', name: 'Ana' }, ...(files.length === 0 ? {} : { files }), asked_at: 'Sunday 2026-11-29 14:03 UTC' }) },
        ...files.map(() => ({ image: { format: 'png' as const, source: { sha256: '0'.repeat(64), size: 4_000 } } })),
        { text },
      ],
    },
    { role: 'assistant', content: [{ text: reply }] },
  ],
  replyMessageIds: ['1'],
  stopReason: 'end_turn',
});

/** Every state of what `/memory` shows. @param words what was asked, and what files and chains are called */
export const memoryStates = (words?: string): readonly PanelState[] => {
  const exchanges = [
    exchange('1', words ?? 'What is Amazon Bedrock, in two sentences?', 'A service of AWS. '.repeat(400), ['architecture.png', words ?? 'what somebody saw on holiday, with all that there was.png']),
    exchange('2', words ?? 'And how much would it cost us to ask it a thousand questions every day, if each had a picture?', 'About as much as a cup of tea.'),
  ];
  const view: MemoryView = {
    ...recollect('1', { exchanges }),
    whose: 'shared',
    where: 'all',
    isAmongPeople: false,
    historyMs: 30 * DAY_MS,
    mayRead: true,
    mayForget: true,
    mayUndo: true,
    chains: undefined,
    choices: [],
    underWay: 0,
    isAside: false,
    privately: 0,
  };
  const empty = recollect('1', { exchanges: [] });
  const choices = Array.from({ length: 25 }, (_, index) => ({ questionId: String(index + 1), label: chainChoice(words ?? `tea or coffee ${index}?`), detail: '3 questions, since 2026-11-29 14:03 UTC' }));
  const states: readonly [string, Partial<MemoryView>][] = [
    ['of a moderator', {}],
    ['of a member', { mayForget: false, mayUndo: false, privately: 3, underWay: 1 }],
    ['with a summary', { summary: words ?? 'They plan a trip to Oslo in May: by train, four days, no museums. Ana wants to see the fjord.' }],
    ['of whoever may not read', { mayForget: false, mayUndo: false, mayRead: false }],
    ['of one alone', { whose: 'own', where: 'own', notice: UNDONE_TEXT }],
    ['of a chain', { whose: 'chain', where: '1', chains: 31, choices, notice: MEMORY_CHANGED_TEXT }],
    ['empty', { ...empty, whose: 'direct' }],
    ['unreadable', { ...empty, isAside: true }],
  ];
  return [
    ...states.map(([name, more]) => ({ name: `memory ${name}`, panel: memoryPanel({ ...view, ...more }) })),
    { name: 'memory asks', panel: surePanel(view) },
    { name: 'memory forgotten', panel: endedPanel(resetText('shared', { wasAny: true, questions: 2, interrupted: [] }, 1)) },
  ];
};
