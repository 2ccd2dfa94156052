import { hash } from 'node:crypto';
import { afterEach, describe, expect, it } from 'vitest';
import { remember } from '../../src/conversation/history.ts';
import { DayAccount } from '../../src/queue/day-account.ts';
import { createHistoryStore } from '../../src/store/history-store.ts';
import { createKeptFiles } from '../../src/store/kept-files.ts';
import { createLedgerStore } from '../../src/store/ledger-store.ts';
import { createNotebook } from '../../src/store/notebook.ts';
import { openTables } from '../../src/store/open-store.ts';
import { createPickedMessages } from '../../src/store/picked-messages.ts';
import { createProcessLease } from '../../src/store/process-lease.ts';
import { createSeal } from '../../src/store/seal.ts';
import { createPendingQuestionStore, createShownAnswerStore } from '../../src/store/shown-answer-store.ts';
import * as older from './older-records.ts';
import type { Question } from '../../src/conversation/question.ts';
import type { Store } from '../../src/store/open-store.ts';

const PROCESSES = { owner: 'this', isAlive: async () => false };
const DAY_MS = 24 * 60 * 60 * 1000;
const told: string[] = [];
const log = Object.fromEntries(['debug', 'info', 'warn', 'error', 'fatal'].map((level) => [level, (_fields: object, message: string) => told.push(message)])) as never;
const audience = {
  onUnreadable: ({ key }: { key: string }) => void told.push(`${key} cannot be read`),
  onNewer: ({ key }: { key: string }) => void told.push(`${key} is newer`),
  onDefect: ({ key }: { key: string }, leftOut: readonly string[]) => void told.push(`${key} is written without ${leftOut.join()}`),
  onFailure: (error: Error) => void told.push(error.message),
  keptAsideMs: DAY_MS,
};

let tables: Record<'keyv' | 'files' | 'ledger', Store>;
const openOlder = (records: Parameters<typeof older.writeStore>[0]): void => {
  const openTable = openTables(`sqlite://${older.writeStore(records)}`, { audience });
  tables = { keyv: openTable(), files: openTable('files'), ledger: openTable('ledger') };
};
afterEach(async () => {
  await Promise.all(Object.values(tables).map((table) => table.close()));
  // Nothing was set aside, and nothing else was complained of.
  expect(told.splice(0)).toEqual([]);
});

const files = () => createKeptFiles({ store: tables.files, ttlMs: DAY_MS, log });
const historyStore = () => createHistoryStore({ store: tables.keyv, otherTables: [tables.files, tables.ledger], files: files(), ttlMs: DAY_MS, log });
const ledger = () => createLedgerStore({ store: tables.ledger, seal: createSeal(older.PASSPHRASE), ttlMs: DAY_MS, youngMs: 60_000, now: Date.now, log });

describe.each(older.histories)('a history of $name', ({ records, ids, inputTokens }) => {
  it('is read, and goes on', async () => {
    openOlder({ keyv: records });
    const { history, wasUnreadable } = await historyStore().load('10');
    expect(wasUnreadable).toBe(false);
    expect(history.exchanges.map(({ id }) => id)).toEqual(ids);
    expect(history.exchanges.map(({ usage }) => usage?.inputTokens)).toEqual(inputTokens);
    const turns = Object.values(records).flatMap((text) => {
      const record = JSON.parse(text) as { exchanges?: { turns: unknown }[]; turns?: unknown };
      return (record.exchanges ?? [record]).flatMap((one) => (one.turns === undefined ? [] : [one.turns]));
    });
    expect(history.exchanges.map((one) => one.turns)).toEqual(turns);

    const next = { id: '9', askerId: '7', askedAt: 1, turns: [{ role: 'user', content: [{ text: 'and?' }] }, { role: 'assistant', content: [{ text: 'No.' }] }], replyMessageIds: [], stopReason: 'end_turn' } as const;
    await historyStore().save('10', remember(history, next), history);
    expect((await historyStore().load('10')).history.exchanges.map(({ id }) => id)).toEqual([...ids, '9']);
  });
});

it('a file that lies under one key, and one that lies in pieces, are read and released', async () => {
  const bytes = Buffer.alloc(130_000, 'parley');
  const sha256 = hash('sha256', bytes);
  const pieces = Buffer.alloc(130_000, 'answer');
  const inPieces = hash('sha256', pieces);
  const at = (start: number, end?: number): string => pieces.subarray(start, end).toString('base64');
  openOlder({
    files: {
      [`owner:${sha256}:10`]: '1795500000000',
      [`bytes:${sha256}`]: bytes.toString('base64'),
      [`owner:${inPieces}:10:7`]: '1795500000000',
      [`bytes:${inPieces}`]: at(0, 49_152),
      [`piece:${inPieces}:1`]: at(49_152, 98_304),
      [`piece:${inPieces}:2`]: at(98_304),
    },
  });
  expect(Buffer.from((await files().read({ sha256, size: 130_000 })) ?? []).equals(bytes)).toBe(true);
  expect(Buffer.from((await files().read({ sha256: inPieces, size: 130_000 })) ?? []).equals(pieces)).toBe(true);
  await files().releaseStrays(async (conversationId) => conversationId === '10:7');
  expect((await Array.fromAsync(tables.files.entries(''), ([key]) => key)).toSorted()).toEqual([`bytes:${inPieces}`, `owner:${inPieces}:10:7`, `piece:${inPieces}:1`, `piece:${inPieces}:2`].toSorted());
});

describe.each(older.rows)('a question $name', ({ text, mark }) => {
  it('is read, and taken up or left as it is', async () => {
    const { version: _version, owner: _owner, ...row } = text as Record<string, unknown> & { questionId: string; place: { interaction?: object }; question?: { filesAt?: string } };
    openOlder({ ledger: { [`question:${row.questionId}`]: JSON.stringify(text), ...(mark === undefined ? {} : { [`open:${row.questionId}`]: mark }) } });
    const secrets = {
      ...(row.place.interaction === undefined ? {} : { place: { ...row.place, interaction: { ...row.place.interaction, token: older.OPEN_TOKEN } } }),
      ...(row.question === undefined ? {} : { question: { ...row.question, ...(row.question.filesAt === undefined ? {} : { filesAt: older.OPEN_FILES }) } }),
    };
    const found = await ledger().find(row.questionId);
    expect(found).toMatchObject({ ...row, ...secrets, ...('question' in secrets ? { question: expect.objectContaining({ text: 'why?' }) as unknown } : {}) });
    const { room: _room, anything: _anything, ...known } = (secrets.question ?? {}) as Record<string, unknown>;
    expect(found?.question ?? {}).toEqual(known);

    const taking = ledger();
    const taken = await taking.takeAbandoned();
    expect(taken.map((claim) => claim.row)).toEqual(mark === undefined ? [] : [{ ...found, attempts: (found?.attempts ?? 0) + 1 }]);
    const again = { id: row.questionId, conversationId: '1', guildId: undefined, asker: { id: '7', name: 'Ana' }, askedAt: 1, text: 'again', isShared: true } satisfies Question;
    const other = ledger();
    expect(await other.claim(again, { channelId: '1', replyTo: row.questionId, interaction: undefined, isPrivate: false, canSendMessages: true })).toBeUndefined();
    const retried = await taking.reopen(row.questionId);
    expect(retried === undefined).toBe(text.state !== 'failed');
    await Promise.all([taking.close(), other.close()]);
  });
});

it.each(older.leases)('a sign of life of $name counts for 20 seconds', async ({ text }) => {
  openOlder({ ledger: { 'process:them': text } });
  let uptime = 1_000_000;
  const lease = createProcessLease({ store: tables.ledger, now: Date.now, uptime: () => uptime, onLapse: async () => undefined, onError: (error) => told.push(String(error)) });
  expect(await lease.isAlive('them')).toBe(true);
  uptime += 20_001;
  expect(await lease.isAlive('them')).toBe(false);
});

it.each(older.shownAnswers)('a shown answer of $name is found by its button', async ({ value }) => {
  openOlder({ keyv: { 'answer:abc': JSON.stringify(value) } });
  expect(await createShownAnswerStore({ store: tables.keyv, ttlMs: DAY_MS, processes: PROCESSES }).find('abc')).toEqual(value);
});

it.each(older.pendingQuestions)('a question that waits for Try again, of $name, is found', async ({ value }) => {
  openOlder({ keyv: { 'pending:10:7/5': JSON.stringify(value) } });
  expect(await createPendingQuestionStore({ store: tables.keyv, ttlMs: DAY_MS }).find('10:7', '5')).toEqual(value);
});

it.each(older.pickedMessages)('a picked message of $name is found', async ({ value }) => {
  openOlder({ keyv: { 'picked:AbC-_1': JSON.stringify({ version: 1, ...value }) } });
  expect(await createPickedMessages(tables.keyv).find('AbC-_1')).toEqual(value);
});

it('how far was listened, channels of direct messages and what is claimed by a word are what they were', async () => {
  openOlder({ ledger: { 'listened:0/1': '500000000000000001', 'listened:1/2': '500000000000000002', 'direct:400000000000000001': '1795500000000', 'owners-told:key:1795500000000': 'told', 'owners-told:key:unknown': 'told', 'interaction:5': '1' }, keyv: { 'anew:abc': '' } });
  const notebook = createNotebook(tables.ledger, { ttlMs: DAY_MS, now: Date.now });
  const all = async (prefix: string) => Array.fromAsync(notebook.entries(prefix));
  expect(await all('listened:')).toEqual([['listened:0/1', '500000000000000001'], ['listened:1/2', '500000000000000002']]);
  expect(await all('direct:')).toEqual([['direct:400000000000000001', '1795500000000']]);
  for (const key of ['owners-told:key:1795500000000', 'owners-told:key:unknown', 'interaction:5']) expect(await tables.ledger.setIfAbsent(key, 'told', DAY_MS)).toBe(false);
  expect(await createShownAnswerStore({ store: tables.keyv, ttlMs: DAY_MS, processes: PROCESSES }).claim('abc')).toBe(false);
});

describe('an account of the day', () => {
  const NOON = Date.UTC(2026, 10, 25, 12);
  const MIDNIGHT = Date.UTC(2026, 10, 26);
  it.each([
    { name: 'one record for all days', key: 'quota/us-east-1/a.model', text: `${MIDNIGHT} 7000 0`, closed: [] },
    { name: 'one record for all days, closed until somewhat later', key: 'quota/us-east-1/a.model', text: `${MIDNIGHT} 7000 ${MIDNIGHT + 300_000}`, closed: [MIDNIGHT] },
    { name: 'a record of its own', key: `quota/us-east-1/a.model/${MIDNIGHT}`, text: `${MIDNIGHT} 7000 ${MIDNIGHT}`, closed: [MIDNIGHT] },
  ])('in $name goes on', async ({ key, text, closed }) => {
    openOlder({ ledger: { [key]: text } });
    const account = new DayAccount({ notebook: createNotebook(tables.ledger, { ttlMs: DAY_MS, now: () => NOON }), key: 'quota/us-east-1/a.model', log, now: () => NOON });
    const heard: number[] = [];
    account.onClosed = (until) => void heard.push(until);
    await account.open();
    account.add(5);
    await account.close();
    expect([account.used(), heard]).toEqual([7_005, closed]);
  });
});
