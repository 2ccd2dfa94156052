import { expect, it } from 'vitest';
import { lastAsked, recollect, spokenIn } from '../../src/conversation/recollection.ts';
import { continuationText } from '../../src/conversation/continuation.ts';
import { questionTurn, replyTurn } from '../../src/conversation/turn.ts';
import { exportJson, exportMarkdown } from '../../src/discord/memory/export-memory.ts';
import type { AttachedFile } from '../../src/conversation/content.ts';
import type { Exchange } from '../../src/conversation/history.ts';
import type { Question } from '../../src/conversation/question.ts';
import type { ToExport } from '../../src/discord/memory/export-memory.ts';

const exchange = (id: string, text: string, more: Partial<Exchange> = {}, question: Partial<Question> = {}, files: readonly AttachedFile[] = []): Exchange => ({
  id,
  askerId: '1',
  askedAt: 1_000 * Number(id),
  turns: [questionTurn({ id, conversationId: '9', guildId: '8', asker: { id: '1', name: 'Ana' }, askedAt: 1_000 * Number(id), text, isShared: true, ...question }, files), replyTurn(`to ${text}`)],
  replyMessageIds: [`5${id}`],
  stopReason: 'end_turn',
  ...more,
});
const picture = (name: string, origin?: AttachedFile['origin']): AttachedFile => ({ name, origin, block: { image: { format: 'png', source: { bytes: new Uint8Array(8) } } } });

const linked: Partial<Question> = { linked: [{ channelId: '7', author: { id: '3', name: 'Cy' }, text: 'said elsewhere' } as never] };

it('the last question is the one that was remembered last, and the beginning of an answer that went on', () => {
  expect(lastAsked({ exchanges: [] })).toBeUndefined();
  const first = exchange('1', 'one');
  const rest = exchange('2', continuationText('to one'), { continues: '1' });
  const more = exchange('3', continuationText('more'), { continues: '2' });
  expect(lastAsked({ exchanges: [first, rest, more] })?.id).toBe('1');
  // What it went on from was forgotten by itself.
  expect(lastAsked({ exchanges: [exchange('0', 'zero'), { ...rest, continues: undefined }] })?.id).toBe('2');
  expect(lastAsked({ exchanges: [{ ...rest, continues: '3' }, { ...more, continues: '2' }] })?.id).toBeDefined();
});

it('of a tree, the way to its newest exchange counts, as for the next question', () => {
  const exchanges = [exchange('1', 'tea'), exchange('2', 'x'.repeat(4_000), { continues: '1' }), exchange('3', 'milk', { continues: '1' })];
  const [tree, line] = [recollect('9:reply:1', { exchanges }), recollect('9', { exchanges })];
  expect(tree.questions).toBe(3);
  expect(tree.tokens).toBeLessThan(200);
  expect(line.tokens).toBeGreaterThan(1_000);
  expect(tree.since).toBe(1_000);
});

it('names files, but none of a message that its asker linked to', () => {
  const with3 = exchange('1', 'look', {}, linked, [picture('mine.png'), picture('theirs.png', 'linked-0')]);
  const quotedFiles = { ...with3, turns: [{ ...with3.turns[0], content: with3.turns[0].content.map((block, index) => (index === 0 && 'text' in block ? { text: block.text } : block)) }, with3.turns[1]] as const };
  expect(recollect('9', { exchanges: [quotedFiles] }).files).toEqual(['mine.png']);
  expect(spokenIn(quotedFiles)).toMatchObject({ name: 'Ana', text: 'look', files: ['mine.png'], reply: 'to look' });
});

const toExport = (exchanges: readonly Exchange[], more: Partial<ToExport> = {}): ToExport => ({ history: { exchanges }, at: Date.UTC(2026, 10, 29, 14, 3), botName: 'Parley', whose: 'shared', isAmongPeople: false, askerName: 'Ana', summary: '', readerId: '1', most: 1_000_000, ...more });

it('what somebody linked to stands in nobody else\'s file', async () => {
  const exchanges = [exchange('1', 'what of this?', {}, linked)];
  for (const [readerId, isThere] of [['1', true], ['2', false]] as const) {
    const json = (await exportJson(toExport(exchanges, { readerId }))).bytes.toString();
    expect(json.includes('said elsewhere'), readerId).toBe(isThere);
    expect(JSON.parse(json).messages).toHaveLength(2);
    expect((await exportMarkdown(toExport(exchanges, { readerId }))).bytes.toString()).not.toContain('said elsewhere');
  }
});

it.each([['to read', exportMarkdown], ['as JSON', exportJson]] as const)('a file %s is never larger than it may be: the oldest are left out, and it says how many', async (_what, write) => {
  const exchanges = Array.from({ length: 300 }, (_, index) => exchange(String(index + 1), `${index} ${'ü'.repeat(index * 7)}`));
  const all = await write(toExport(exchanges, { most: 10_000_000 }));
  expect(all).toMatchObject({ leftOut: 0, questions: 300 });
  for (const most of [20_000, 50_000, 400_000]) {
    const file = await write(toExport(exchanges, { most }));
    expect(file.bytes.length).toBeLessThanOrEqual(most);
    expect(file.leftOut).toBeGreaterThan(0);
    expect(file.questions).toBe(300 - file.leftOut);
    const text = file.bytes.toString();
    expect(text).toContain('299 ü');
    if (write === exportJson) expect(JSON.parse(text)).toMatchObject({ left_out: file.leftOut });
    else expect(text).toContain(`The oldest ${file.leftOut} are left out`);
  }
});

it('a summary of what left before is told as one, and counts', async () => {
  const earlier = [{ text: 'They spoke of tea. ```', covers: ['0'], from: 1, until: 2 }];
  const [plain, summed] = [[exchange('1', 'and now?')], [exchange('1', 'and now?', { earlier })]].map((exchanges) => recollect('9', { exchanges }));
  expect(summed?.summary).toBe('They spoke of tea. ```');
  expect(summed?.tokens).toBeGreaterThan(plain?.tokens ?? 0);
  const { summary = '' } = summed ?? {};
  const text = (await exportMarkdown(toExport([exchange('1', 'and now?')], { summary }))).bytes.toString();
  expect(text).toContain('a summary that a model made and that may be wrong:\n\n');
  expect(text).toContain('They spoke of tea.');
  expect(JSON.parse((await exportJson(toExport([exchange('1', 'and now?')], { summary }))).bytes.toString())).toMatchObject({ summary });
});
