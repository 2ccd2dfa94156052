import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';

/** Records as they were written, word for word, by every version that wrote them in another form. A new form is added here, and none is ever changed. */

const PNG = 'a'.repeat(64);
const PDF = 'b'.repeat(64);

const earlierExchange = (id: string, more: object = {}) => ({
  id,
  askerId: '200000000000000007',
  askedAt: 1_795_500_000_000,
  turns: [{ role: 'user', content: [{ text: '{"name":"Ana"}' }, { text: 'why "quotes"?' }] }, { role: 'assistant', content: [{ text: 'Because.' }] }],
  replyMessageIds: ['300000000000000001', '300000000000000002'],
  stopReason: 'end_turn',
  usage: { inputTokens: 12, outputTokens: 34 },
  ...more,
});
const withFiles = earlierExchange('2', {
  continues: '1',
  turns: [
    {
      role: 'user',
      content: [
        { image: { format: 'png', source: { sha256: PNG, size: 5 } } },
        { document: { format: 'pdf', name: 'document-1', source: { sha256: PDF, size: 70_000 } } },
        { text: 'what are these?' },
      ],
    },
    { role: 'assistant', content: [{ text: 'Files.' }] },
  ],
  stopReason: 'max_tokens',
  usage: { inputTokens: 12, outputTokens: 34, cacheReadInputTokens: 5, cacheWriteInputTokens: 6 },
});

/** Each form of a history: its records by key, the exchanges that it says, and what of their figures is known. */
export const histories = [
  { name: 'version 1, all exchanges in one record', records: { 'history:10': JSON.stringify({ version: 1, exchanges: [earlierExchange('1'), earlierExchange('2', { continues: '1' })] }) }, ids: ['1', '2'], inputTokens: [12, 12] },
  { name: 'version 1, with nothing in it', records: { 'history:10': '{"version":1,"exchanges":[]}' }, ids: [], inputTokens: [] },
  { name: 'version 2, with files', records: { 'history:10': JSON.stringify({ version: 2, exchanges: [earlierExchange('1'), withFiles] }) }, ids: ['1', '2'], inputTokens: [12, 12] },
  {
    name: 'version 2, with figures as Bedrock said them',
    records: { 'history:10': JSON.stringify({ version: 2, exchanges: [earlierExchange('1', { usage: { inputTokens: 12, outputTokens: 34, cacheReadInputTokens: null } }), withFiles] }) },
    ids: ['1', '2'],
    inputTokens: [undefined, 12],
  },
  {
    name: 'version 3, a record for each exchange',
    records: { 'history:10': '{"version":3,"first":4,"count":2,"revision":"9f1c2f6e-0c5a-4a52-8d5e-0d3c4c8f7a11"}', 'exchange:10/4': JSON.stringify(earlierExchange('1')), 'exchange:10/5': JSON.stringify(withFiles) },
    ids: ['1', '2'],
    inputTokens: [12, 12],
  },
  {
    name: 'version 3, with figures as Bedrock said them',
    records: {
      'history:10': '{"version":3,"first":1,"count":3,"revision":"r"}',
      'exchange:10/1': JSON.stringify(earlierExchange('1', { usage: { inputTokens: -1, outputTokens: 1e300 } })),
      'exchange:10/2': JSON.stringify(earlierExchange('2', { usage: { inputTokens: 1.5, outputTokens: 2 }, stopReason: 'something_else' })),
      'exchange:10/3': JSON.stringify(earlierExchange('3', { usage: undefined })),
    },
    ids: ['1', '2', '3'],
    inputTokens: [undefined, undefined, undefined],
  },
  {
    name: 'version 4, with several answers to a question',
    records: {
      'history:10': '{"version":4,"first":1,"count":2,"revision":"r"}',
      'exchange:10/1': JSON.stringify(
        earlierExchange('1', {
          siblings: { before: [{ turns: [{ role: 'user', content: [{ text: 'why?' }] }, { role: 'assistant', content: [{ text: 'Hm.' }] }], stopReason: 'end_turn' }], after: [] },
          answeredBy: { modelName: 'A model', usage: { inputTokens: 12, outputTokens: 34 }, cost: 0.001 },
        }),
      ),
      'exchange:10/2': JSON.stringify(earlierExchange('2', { continues: '1', begins: '1' })),
    },
    ids: ['1', '2'],
    inputTokens: [12, 12],
  },
  {
    name: 'version 3, whose beginning was forgotten, of which people were told',
    records: { 'history:10': '{"version":3,"first":7,"count":1,"revision":"r"}', 'exchange:10/7': JSON.stringify(earlierExchange('1', { earlier: [] })) },
    ids: ['1'],
    inputTokens: [12],
  },
  {
    name: 'version 5, with a summary of what was said before',
    records: {
      'history:10': '{"version":5,"first":7,"count":2,"revision":"r"}',
      'exchange:10/7': JSON.stringify(earlierExchange('1', { continues: '0', earlier: [{ text: 'Ana has a cat.', covers: ['8', '9'], from: 1_763_000_000_000, until: 1_763_000_100_000 }] })),
      'exchange:10/8': JSON.stringify(earlierExchange('2', { continues: '1' })),
    },
    ids: ['1', '2'],
    inputTokens: [12, 12],
  },
  {
    name: 'version 6, with an exchange that a model has refused',
    records: {
      'history:10': '{"version":6,"first":7,"count":2,"revision":"r"}',
      'exchange:10/7': JSON.stringify(earlierExchange('1', { isRefused: true })),
      'exchange:10/8': JSON.stringify(earlierExchange('2', { continues: '1' })),
    },
    ids: ['1', '2'],
    inputTokens: [12, 12],
  },
] as const;

/** The passphrase that the secrets below were closed with. */
export const PASSPHRASE = 'a token';
const SEALED_TOKEN = 'S46zBEi8B1cfpnYrjP1vDqbP6UHQzvAN3LrECQ7nv4yij_RG_XbokXuCiXuu';
export const OPEN_TOKEN = 'interaction-token';
const SEALED_FILES = 'FqYrxt5RyczR81vQ_H6jl4FGX1xHN5PUDbyeanpBKMEc6P5BAgQ3';
export const OPEN_FILES = '[["1","2"]]';

const placeByMessage = { channelId: '400000000000000001', replyTo: '500000000000000001', isPrivate: false, canSendMessages: true };
const placeByCommand = {
  channelId: '400000000000000001',
  interaction: { id: '500000000000000001', applicationId: '600000000000000001', token: SEALED_TOKEN, expiresAt: 1_795_500_900_000 },
  isPrivate: true,
  canSendMessages: false,
};
const row = (more: object) => ({
  version: 1,
  owner: '7d0a3f39-0a29-4a83-b9a7-1b6c8d0d9f00',
  questionId: '500000000000000001',
  conversationId: '400000000000000001',
  askerId: '200000000000000007',
  state: 'accepted',
  acceptedAt: 1_795_500_000_000,
  deadline: 1_795_500_900_000,
  attempts: 1,
  place: placeByMessage,
  messageIds: [],
  hadFiles: false,
  ...more,
});
const asked = { id: '500000000000000001', conversationId: '400000000000000001:200000000000000007', guildId: '100000000000000001', asker: { id: '200000000000000007', name: 'Ana' }, askedAt: 1_795_500_000_000, text: 'why?', isShared: false };
const quoted = { author: { id: '200000000000000008', name: 'Ben' }, text: 'earlier', embeds: ['a card'], forwarded: { text: 'passed on' } };

/** Each form of a question's row, and of the mark beside it where it is open. */
export const rows = [
  { name: 'by a message, in the first form', text: row({}), mark: '1' },
  { name: 'by a message, running', text: row({ state: 'running', messageIds: ['300000000000000001'], attempts: 3 }), mark: '1' },
  { name: 'that anybody may take', text: row({ owner: null }), mark: '1' },
  { name: 'by a command, in the first form', text: row({ place: placeByCommand, question: asked }), mark: '1' },
  { name: 'by a command, with words that were kept as they were', text: row({ place: placeByCommand, question: { ...asked, repliedTo: quoted, forwarded: { text: 'from afar' }, firstAskedAs: '500000000000000000', room: {}, anything: [1] } }), mark: '1' },
  { name: 'with a line above the answer', text: row({ place: { ...placeByCommand, preface: '**Ana** asked: why?' }, question: asked }), mark: '1' },
  { name: 'with the addresses of its files', text: row({ place: placeByCommand, question: { ...asked, filesAt: SEALED_FILES }, hadFiles: true }), mark: '1' },
  { name: 'with what else a message has', text: row({ place: placeByCommand, question: { ...asked, also: ['a poll'], repliedTo: { ...quoted, also: ['a sticker'] } } }), mark: '1' },
  { name: 'whose mark says its channel', text: row({}), mark: '400000000000000001' },
  { name: 'behind another answer', text: row({ place: placeByCommand, question: { ...asked, behind: '500000000000000000' } }), mark: '1' },
  { name: 'whose end may have been said directly', text: row({ isDirect: true }), mark: '400000000000000001' },
  { name: 'that was not taken on', text: row({ refusal: { text: 'Not here.', sign: '🚫' } }), mark: '400000000000000001' },
  { name: 'with the language of the asker', text: row({ place: placeByCommand, question: { ...asked, locale: 'de' } }), mark: '1' },
  { name: 'in a chain of replies', text: row({ place: placeByCommand, conversationId: '400000000000000001:reply:499999999999999999', question: { ...asked, conversationId: '400000000000000001:reply:499999999999999999', continues: '499999999999999999', continuesOr: '499999999999999998' } }), mark: '1' },
  { name: 'that was delivered', text: row({ state: 'delivered', messageIds: ['300000000000000001'] }), mark: undefined },
  { name: 'that was refused', text: row({ state: 'refused', reason: 'stopped' }), mark: undefined },
  { name: 'that failed and can be asked again', text: row({ state: 'failed', reason: 'interrupted', canRetry: true, place: { channelId: '400000000000000001', isPrivate: true, canSendMessages: false }, question: asked }), mark: undefined },
] as const;

export const leases = [
  { name: 'the first form', text: '{"pid":7,"space":"machine boot pid:[1]"}' },
  { name: 'with the uptime of the machine', text: '{"pid":7,"space":"machine boot pid:[1]","boot":"an earlier boot","at":123456.5}' },
] as const;

const answer = { questionId: '500000000000000001', conversationId: '400000000000000001', asker: { id: '200000000000000007', name: 'Ana' }, askedAt: 1_795_500_000_000, isShared: true, isPrivate: false, channelId: '400000000000000001', messageIds: ['300000000000000001'], isCutOff: false };
export const shownAnswers = [
  { name: 'the first form', value: answer },
  { name: 'the first form, with all of it', value: { ...answer, guildId: '100000000000000001', replyTo: '500000000000000001', isCutOff: true, continuedBy: '500000000000000002' } },
  { name: 'with messages that say why there is no answer', value: { ...answer, noticeIds: ['300000000000000001'] } },
  { name: 'behind another answer', value: { ...answer, behind: '500000000000000000' } },
  { name: 'in a chain of replies', value: { ...answer, conversationId: '400000000000000001:reply:499999999999999999', continues: '499999999999999999', continuesOr: '499999999999999998' } },
] as const;

export const pendingQuestions = [
  { name: 'the first form', value: { text: 'why?', hasFiles: false } },
  { name: 'the first form, with all of it', value: { text: 'why?', repliedTo: quoted, forwarded: { text: 'from afar', embeds: ['a card'] }, hasFiles: true } },
  { name: 'with what else a message has', value: { text: 'why?', repliedTo: { ...quoted, also: ['a sticker'] }, forwarded: { text: 'from afar', also: ['a poll'] }, also: ['a voice message'], hasFiles: false } },
  { name: 'with the language of the asker', value: { text: 'why?', locale: 'de', hasFiles: false } },
] as const;

const picked = { id: '500000000000000001', channelId: '400000000000000001', pickedBy: '200000000000000007', quoted, files: [{ name: 'a.txt', url: 'https://cdn.discordapp.com/attachments/1/2/a.txt', size: 3, contentType: 'text/plain' }, { name: 'b', url: 'https://cdn.discordapp.com/attachments/1/2/b', size: 0 }] };
export const pickedMessages = [
  { name: 'the first form', value: picked },
  { name: 'with what else a message has', value: { ...picked, quoted: { ...quoted, also: ['a sticker'] } } },
] as const;

/** A file with so much, as an early version would have left it. */
export const writeStore = (tables: Readonly<Record<string, Readonly<Record<string, string>>>>): string => {
  const path = join(mkdtempSync(join(tmpdir(), 'parley-')), 'store.sqlite');
  using db = new DatabaseSync(path);
  db.exec('PRAGMA journal_mode = WAL');
  for (const [table, records] of Object.entries(tables)) {
    db.exec(`CREATE TABLE IF NOT EXISTS ${table} (namespace TEXT NOT NULL, key TEXT NOT NULL,
        value TEXT NOT NULL, expires INTEGER, UNIQUE (namespace, key)) STRICT;
      CREATE INDEX IF NOT EXISTS ${table}_expires ON ${table} (expires) WHERE expires IS NOT NULL`);
    const insert = db.prepare(`INSERT INTO ${table} VALUES ('', ?, ?, ?)`);
    for (const [key, value] of Object.entries(records)) insert.run(key, value, Date.now() + 60_000);
  }
  return path;
};
